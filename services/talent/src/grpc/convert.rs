//! From the domain to protobuf.

use chassis::wire::{etag, timestamp};
use usher_proto::talent::v1 as pb;

use crate::{
    domain::{
        brief::{Brief, Commitment},
        candidate::{Candidate, CandidateId},
    },
    store::timeline::Entry,
};

pub fn candidate(Candidate { id, profile, source, version, create_time, update_time }: Candidate) -> pb::Candidate {
    pb::Candidate {
        candidate_id: id.to_string(),
        display_name: profile.display_name,
        email: profile.email,
        phone: profile.phone,
        city: profile.city,
        title: profile.title,
        company: profile.company,
        years_of_experience: profile.years.into(),
        skills: profile.skills,
        summary: profile.summary,
        language: profile.language.into(),
        time_zone: profile.time_zone,
        source,
        create_time: Some(timestamp(create_time)),
        update_time: Some(timestamp(update_time)),
        etag: etag(version),
    }
}

pub fn recipient(Candidate { profile, .. }: Candidate) -> pb::GetRecipientResponse {
    pb::GetRecipientResponse {
        display_name: profile.display_name,
        email: profile.email,
        phone: profile.phone,
        language: profile.language.into(),
        time_zone: profile.time_zone,
    }
}

pub fn entry(entry: Entry) -> pb::TimelineEntry {
    pb::TimelineEntry {
        time: Some(timestamp(entry.time)),
        source: entry.source,
        r#type: entry.kind,
        subject: entry.subject,
        summary: entry.summary,
    }
}

pub fn brief((candidate, brief): (CandidateId, Brief)) -> pb::ContactBrief {
    let Brief { contact, feedback_time, topics, mut commitments, actors } = brief;
    // What has no time is owed at once.
    commitments.sort_by_key(|promise| promise.due.unwrap_or(promise.since));
    let commitment = |promise: Commitment| pb::Commitment {
        kind: promise.kind,
        subject: promise.subject,
        since_time: Some(timestamp(promise.since)),
        due_time: promise.due.map(timestamp),
    };
    pb::ContactBrief {
        candidate_id: candidate.to_string(),
        preferred_channel: contact.as_ref().map(|contact| contact.channel.clone()).unwrap_or_default(),
        last_contact: contact
            .map(|contact| pb::LastContact { time: Some(timestamp(contact.time)), channel: contact.channel }),
        last_feedback_time: feedback_time.map(timestamp),
        topics_asked: topics,
        open_commitments: commitments.into_iter().map(commitment).collect(),
        recent_actors: actors
            .into_iter()
            .map(|seen| pb::RecentActor { actor: seen.actor, time: Some(timestamp(seen.time)) })
            .collect(),
    }
}
