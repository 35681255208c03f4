//! The routing table: what talent does when others say something. It writes the person's timeline, see [`sentence`] for
//! who is meant and what is said; what is to be known before getting in touch, see [`facts`]; and how the person answers,
//! with the tags that follow, see [`signs`]; it tells the campaigns that have the person, see [`campaigns`]. People who may be
//! one are looked for whenever one of them changes, see [`pairs`]; and what happens with somebody who is part of another person
//! is kept as theirs, see [`whose`]. Who changed, see [`changed`], is to be held against the searches that are watched.

mod campaigns;
pub mod changed;
mod facts;
mod pairs;
mod sentence;
mod signs;
mod whose;

use async_trait::async_trait;
use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use prost::Name as _;
use usher_proto::{
    ats::v1::{AttendanceRecorded, PastInterviewRemoved},
    eventlog::v1::Event,
    talent::v1::CandidateRemoved,
};
use uuid::Uuid;

use self::sentence::Sentence;
use crate::{
    commands,
    domain::candidate::CandidateId,
    store::{self, timeline::Entry},
};

/// Follows every service that speaks of candidates, this one among them.
pub struct Hears;

/// When what an event tells happened: when it was told, but for what is told of long ago.
fn time_of(event: &Event) -> Result<DateTime<Utc>> {
    match outbox::read::<AttendanceRecorded>(event)? {
        Some(AttendanceRecorded { historical: true, start_time, .. }) => {
            wire::required_instant("start_time", start_time.as_ref())
        }
        _ => wire::required_instant("time", event.time.as_ref()),
    }
}

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "talent"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ats", "outreach", "talent"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        if let Some(removed) = outbox::read::<CandidateRemoved>(event)? {
            return commands::forget_gone::run(tx, wire::id("candidate_id", &removed.candidate_id)?).await;
        }
        // Whatever changes what search knows of somebody is told of by this service.
        if event.source == tx.schema() {
            store::watches::ask_to_look(tx, &changed::people(event)?).await?;
        }
        pairs::hear(tx, event).await?;
        let Some(Sentence { candidate_id, text }) = sentence::of(event)? else { return Ok(()) };
        // Some things happen to no candidate in particular, such as a message to a colleague.
        let Some(named) = wire::optional_id::<CandidateId>("candidate_id", &candidate_id)? else { return Ok(()) };
        // What was said before they were forgotten may be heard of after. Whoever forgets somebody waits for this.
        if outbox::erasure::is_erased(tx, named.0).await? {
            return Ok(());
        }
        let candidate = whose::of(tx, named, event).await?;
        let entry = Entry {
            event_id: Uuid::parse_str(&event.id).map_err(|error| Error::internal("an event has no id", &error))?,
            time: time_of(event)?,
            source: event.source.clone(),
            kind: event.r#type.clone(),
            subject: event.subject.clone(),
            summary: text,
        };
        if outbox::read::<PastInterviewRemoved>(event)?.is_some() {
            store::timeline::remove(tx, candidate, &AttendanceRecorded::full_name(), &entry.subject).await?;
        } else {
            commands::record_timeline_entry::run(tx, candidate, &entry).await?;
        }
        if let Some(parted) = whose::parted(event)? {
            commands::record_timeline_entry::run(tx, parted, &entry).await?;
        }
        commands::keep_brief::run(tx, candidate, &entry.source, facts::of(event, entry.time)?).await?;
        let signs::Signs { signs, changes } = signs::of(event, entry.time)?;
        commands::keep_tags::run(tx, candidate, changes).await?;
        commands::keep_engagement::run(tx, candidate, &entry.source, signs).await?;
        commands::campaigns::hear::run(tx, candidate, campaigns::of(event, entry.time)?).await
    }
}
