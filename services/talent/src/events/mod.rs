//! The routing table: what talent does when others say something. It writes the person's timeline, see [`sentence`] for
//! who is meant and what is said; what is to be known before getting in touch, see [`facts`]; and how the person answers,
//! with the tags that follow, see [`signs`]; it tells the campaigns that have the person, see [`campaigns`]. People who may be
//! one are looked for whenever one of them changes, see [`profiles`] and [`pairs`]; and what happens with somebody who is part of another person
//! is kept as theirs, see [`whose`]. Who changed, see [`changed`], is to be held against the searches that are watched.

mod campaigns;
pub mod changed;
mod facts;
mod happened;
mod pairs;
mod profiles;
mod sentence;
mod signs;
mod whose;

use std::collections::BTreeSet;

use async_trait::async_trait;
use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::AttendanceRecorded,
    eventlog::v1::Event,
    outreach::v1::{MessageQueued, MessageSent},
    talent::v1::{CandidateRemoved, EngagementChanged, TagsChanged},
};
use uuid::Uuid;

use crate::{
    commands,
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
        profiles::is_of_one(event) || comes_with_messages(event)
    }

    async fn apply_bulk(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        let (of_profiles, others): (Vec<&Event>, Vec<&Event>) =
            events.iter().partition(|event| profiles::is_of_one(event));
        if !of_profiles.is_empty() {
            profiles::hear(tx, &of_profiles).await?;
        }
        look_again(tx, &others).await?;
        happened::hear(tx, &others).await
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        if profiles::is_of_one(event) {
            return profiles::hear(tx, &[event]).await;
        }
        if let Some(removed) = outbox::read::<CandidateRemoved>(event)? {
            return commands::forget_gone::run(tx, wire::id("candidate_id", &removed.candidate_id)?).await;
        }
        look_again(tx, &[event]).await?;
        pairs::hear(tx, event).await?;
        happened::hear(tx, &[event]).await
    }
}

/// Whether an event comes with each message that goes out: that it is on its way, that it went, and what follows for what is
/// known of its reader. A campaign brings thousands. None of them shows that two people are one.
fn comes_with_messages(event: &Event) -> bool {
    outbox::is::<MessageQueued>(event)
        || outbox::is::<MessageSent>(event)
        || outbox::is::<TagsChanged>(event)
        || outbox::is::<EngagementChanged>(event)
}

/// Whatever changes what search knows of somebody is told of by this service.
async fn look_again(tx: &mut TenantTx, events: &[&Event]) -> Result<()> {
    let mut people = BTreeSet::new();
    for event in events.iter().filter(|event| event.source == tx.schema()) {
        people.extend(changed::people(event)?);
    }
    store::watches::ask_to_look(tx, &Vec::from_iter(people)).await
}
