//! The routing table: what talent does when others say something. It writes the person's timeline, see [`sentence`] for
//! who is meant and what is said; what is to be known before getting in touch, see [`facts`]; and how the person answers,
//! with the tags that follow, see [`signs`]; it tells the campaigns that have the person, see [`campaigns`]. People who may be
//! one are looked for whenever one of them changes, see [`profiles`] and [`pairs`]; and what happens with somebody who is part of another person
//! is kept as theirs, see [`whose`]. Who changed, see [`changed`], is to be held against the searches that are watched.

mod campaigns;
pub mod changed;
mod facts;
mod pairs;
mod profiles;
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

/// What a person's timeline says of an event.
fn entry(event: &Event, time: DateTime<Utc>, summary: String) -> Result<Entry> {
    Ok(Entry {
        event_id: Uuid::parse_str(&event.id).map_err(|error| Error::internal("an event has no id", &error))?,
        time,
        source: event.source.clone(),
        kind: event.r#type.clone(),
        subject: event.subject.clone(),
        summary,
    })
}

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "talent"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ats", "outreach", "talent"]
    }

    fn is_bulk(&self, event: &Event) -> bool {
        profiles::is_of_one(event)
    }

    async fn apply_bulk(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        profiles::hear(tx, events).await
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        if profiles::is_of_one(event) {
            return profiles::hear(tx, std::slice::from_ref(event)).await;
        }
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
        let time = time_of(event)?;
        if outbox::read::<PastInterviewRemoved>(event)?.is_some() {
            store::timeline::remove(tx, candidate, &AttendanceRecorded::full_name(), &event.subject).await?;
        } else {
            let entry = entry(event, time, text)?;
            let parted = whose::parted(event)?;
            let entries: Vec<_> =
                std::iter::once(candidate).chain(parted).map(|whose| (whose, entry.clone())).collect();
            commands::record_timeline_entries::run(tx, &entries).await?;
        }
        commands::keep_brief::run(tx, candidate, &event.source, facts::of(event, time)?).await?;
        let signs::Signs { signs, changes } = signs::of(event, time)?;
        commands::keep_tags::run(tx, candidate, changes).await?;
        commands::keep_engagement::run(tx, candidate, &event.source, signs).await?;
        commands::campaigns::hear::run(tx, candidate, campaigns::of(event, time)?).await
    }
}
