//! From the domain to protobuf.

use chassis::wire::{etag, timestamp};
use chrono::{DateTime, Utc};
use usher_proto::talent::v1 as pb;

use crate::{
    domain::{
        brief::{Brief, Commitment},
        candidate::{Candidate, CandidateId, Education, Employment, Intent, Skill},
        consent::Consent,
        contact::{Contact, Kind},
        erasure::{Erasure, Step},
        imports::Import,
        person::Person,
        reading::{
            contacts::{self, Found},
            evidence::Evidence,
            experience,
        },
        resume::Resume,
        saved_search::SavedSearch,
        skills,
        tag::Tag,
    },
    store::{saved_search_matches::Match, synonyms::Own, tenant_keys::Version, timeline::Entry, undo::Problem},
};

pub fn person(person: Person, now: DateTime<Utc>) -> pb::Candidate {
    let tags = person.tags(now).into_iter().map(tag).collect();
    let Person { candidate, consents, engagement, .. } = person;
    let Candidate { id, profile, source, version, create_time, update_time } = candidate;
    pb::Candidate {
        candidate_id: id.to_string(),
        display_name: profile.display_name,
        email: profile.email,
        phone: profile.phone,
        wechat_id: profile.wechat,
        other_contact_points: profile.other_contacts.into_iter().map(contact_point).collect(),
        city: profile.city,
        title: profile.title,
        company: profile.company,
        years_of_experience: profile.years.into(),
        skills: profile.skills.into_iter().map(skill).collect(),
        summary: profile.summary,
        education: profile.education.into_iter().map(education).collect(),
        employment: profile.employment.into_iter().map(employment).collect(),
        intent: profile.intent.map(intent),
        preferred_channels: profile.preferred_channels.into_iter().map(channel).collect(),
        language: profile.language.into(),
        time_zone: profile.time_zone,
        source,
        consents: consents.into_iter().map(consent).collect(),
        tags,
        last_activity_time: engagement.last_activity().map(timestamp),
        engagement: engagement.percent().into(),
        create_time: Some(timestamp(create_time)),
        update_time: Some(timestamp(update_time)),
        etag: etag(version),
    }
}

fn channel(kind: Kind) -> i32 {
    pb::ContactChannel::from(kind).into()
}

fn contact_point(contact: Contact) -> pb::ContactPoint {
    pb::ContactPoint { channel: channel(contact.kind), value: contact.value }
}

fn skill(skill: Skill) -> pb::Skill {
    pb::Skill { name: skill.name, years: skill.years.into(), last_used_year: skill.last_used_year.into() }
}

fn education(one: Education) -> pb::Education {
    pb::Education {
        school: one.school,
        degree: one.degree,
        major: one.major,
        start_year: one.start_year.into(),
        end_year: one.end_year.into(),
    }
}

fn employment(one: Employment) -> pb::Employment {
    pb::Employment {
        company: one.company,
        title: one.title,
        start_month: one.start_month,
        end_month: one.end_month,
        description: one.description,
    }
}

fn intent(intent: Intent) -> pb::JobIntent {
    pb::JobIntent {
        level: intent.level,
        state_time: Some(timestamp(intent.state_time)),
        expire_time: Some(timestamp(intent.expire_time)),
        titles: intent.titles,
        cities: intent.cities,
    }
}

pub fn consent(consent: Consent) -> pb::Consent {
    pb::Consent {
        purpose: consent.purpose.into(),
        granted: consent.granted,
        time: Some(timestamp(consent.time)),
        expire_time: consent.expire_time.map(timestamp),
        evidence: consent.evidence,
        actor: consent.actor,
    }
}

pub fn tag(tag: Tag) -> pb::Tag {
    pb::Tag {
        dimension: tag.dimension.into(),
        name: tag.name,
        origin: tag.origin.into(),
        evidence: tag.evidence,
        actor: tag.actor,
        set_time: Some(timestamp(tag.set_time)),
        expire_time: tag.expire_time.map(timestamp),
        subject: tag.subject,
    }
}

pub fn resume(resume: Resume) -> pb::Resume {
    pb::Resume {
        resume_id: resume.id.to_string(),
        candidate_id: resume.candidate.to_string(),
        file_name: resume.file_name,
        kind: resume.kind.into(),
        size: resume.size.into(),
        characters: resume.characters,
        pages: resume.pages,
        truncated: resume.truncated,
        actor: resume.actor,
        create_time: Some(timestamp(resume.create_time)),
    }
}

/// What a text seems to say of a person.
pub fn findings(text: &str) -> pb::ResumeFindings {
    let Found { emails, phones } = contacts::contacts_in(text);
    let years = experience::years_in(text)
        .into_iter()
        .map(|found| pb::YearsFinding { years: found.years.into(), finding: Some(finding(found.evidence)) });
    let education = experience::education_in(text).into_iter().map(|found| pb::EducationFinding {
        degree: found.degree.map_or(pb::Degree::Unspecified, |(degree, _)| level(degree)).into(),
        school: found.school.text.clone(),
        finding: Some(finding(found.school)),
    });
    pb::ResumeFindings {
        emails: emails.into_iter().map(finding).collect(),
        phones: phones.into_iter().map(finding).collect(),
        years: years.collect(),
        education: education.collect(),
        skills: skills::found_in(text),
    }
}

fn finding(evidence: Evidence) -> pb::Finding {
    let place = |place: usize| i32::try_from(place).unwrap_or(i32::MAX);
    pb::Finding { quote: evidence.text, start: place(evidence.span.start), end: place(evidence.span.end) }
}

fn level(degree: experience::Degree) -> pb::Degree {
    match degree {
        experience::Degree::Associate => pb::Degree::Associate,
        experience::Degree::Bachelor => pb::Degree::Bachelor,
        experience::Degree::Master => pb::Degree::Master,
        experience::Degree::Doctor => pb::Degree::Doctorate,
    }
}

/// An import as it stands at that moment.
pub fn import(import: Import, now: DateTime<Utc>) -> pb::Import {
    let (state, reason) = import.state(now);
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    pb::Import {
        import_id: import.id.to_string(),
        format: import.format.into(),
        state: state.into(),
        broken_reason: reason.to_owned(),
        rows_read: import.counts.rows_read,
        created: import.counts.created,
        updated: import.counts.updated,
        unchanged: import.counts.unchanged,
        rejected: import.counts.rejected,
        position: number(import.place.position),
        next_line: number(import.place.line),
        size: import.size,
        create_time: Some(timestamp(import.create_time)),
        update_time: Some(timestamp(import.update_time)),
        undo_expire_time: Some(timestamp(import.undo_expire_time)),
        undone_created: import.undone.created,
        undone_updated: import.undone.updated,
        undo_problems: import.undone.problems,
        actor: import.actor,
    }
}

pub fn undo_problem(problem: Problem) -> pb::UndoProblem {
    pb::UndoProblem { candidate_id: problem.candidate_id.to_string(), reason: problem.reason, fields: problem.fields }
}

/// A tenant's own synonyms and their etag.
pub fn synonyms(own: Own) -> (Vec<pb::SynonymGroup>, String) {
    let groups = own.groups.into_iter().map(|spellings| pb::SynonymGroup { spellings }).collect();
    (groups, etag(own.version))
}

pub fn key_version(version: Version, sealed_count: i64) -> pb::KeyVersion {
    pb::KeyVersion {
        version: version.number.into(),
        master_key: version.wrapped.master_key,
        use_time: Some(timestamp(version.use_time)),
        create_time: Some(timestamp(version.create_time)),
        sealed_count,
    }
}

pub fn recipient(person: Person, now: DateTime<Utc>) -> pb::GetRecipientResponse {
    let purposes = |wanted: fn(&Consent, DateTime<Utc>) -> bool| {
        person.consents.iter().filter(|consent| wanted(consent, now)).map(|consent| consent.purpose.into()).collect()
    };
    let (consents, refusals) = (purposes(Consent::holds), purposes(|consent, _| !consent.granted));
    let profile = person.candidate.profile;
    pb::GetRecipientResponse {
        display_name: profile.display_name,
        email: profile.email,
        phone: profile.phone,
        language: profile.language.into(),
        time_zone: profile.time_zone,
        wechat_id: profile.wechat,
        preferred_channels: profile.preferred_channels.into_iter().map(channel).collect(),
        consents,
        refusals,
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

pub fn saved_search(search: SavedSearch, unseen_count: i64) -> pb::SavedSearch {
    pb::SavedSearch {
        saved_search_id: search.id.to_string(),
        owner: search.owner,
        name: search.settings.name,
        query: search.settings.query,
        filter: search.settings.filter,
        watched: search.settings.watched,
        shared: search.settings.shared,
        watch_state: search.state.into(),
        watch_start_time: search.watch_start_time.map(timestamp),
        unseen_count,
        create_time: Some(timestamp(search.create_time)),
        update_time: Some(timestamp(search.update_time)),
        etag: etag(search.version),
    }
}

pub fn saved_search_match(one: &Match) -> pb::SavedSearchMatch {
    pb::SavedSearchMatch {
        candidate_id: one.candidate_id.to_string(),
        time: Some(timestamp(one.time)),
        seen: one.seen_time.is_some(),
    }
}

pub fn erasure(erasure: Erasure) -> pb::Erasure {
    let state = if erasure.receipt.is_empty() { pb::ErasureState::Running } else { pb::ErasureState::Done };
    pb::Erasure {
        erasure_id: erasure.id.to_string(),
        candidate_id: erasure.candidate.to_string(),
        state: state.into(),
        reason: erasure.reason,
        actor: erasure.actor,
        request_time: Some(timestamp(erasure.request_time)),
        finish_time: erasure.finish_time.map(timestamp),
        steps: erasure.progress.0.into_iter().map(erasure_step).collect(),
        receipt: erasure.receipt,
    }
}

fn erasure_step(step: Step) -> pb::ErasureStep {
    let store = |store: crate::domain::erasure::Store| pb::ErasureStore {
        store: store.name,
        count: store.count,
        time: Some(timestamp(store.time)),
    };
    pb::ErasureStep {
        service: step.service,
        answer_time: step.answer_time.map(timestamp),
        stores: step.stores.into_iter().map(store).collect(),
        failures: i32::try_from(step.failures).unwrap_or(i32::MAX),
        failure_reason: step.failure_reason,
    }
}
