//! From the domain to protobuf.

use chassis::wire::{etag, timestamp};
use usher_proto::talent::v1 as pb;

use crate::{domain::candidate::Candidate, store::timeline::Entry};

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
