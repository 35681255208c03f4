//! The ATS workflow: jobs, applications, interviews, and whose turn it is.
//!
//! It owns what happens between a company and a person who applies, the workbench of what needs somebody, the follow-up
//! of what stays unanswered, and the candidate's own side behind a signed link. It writes no mail: it says that one
//! should go out (`MessageRequested`), and hears from outreach what became of it.
//!
//! # One request's way through
//! `ScheduleInterview` arrives in `grpc`, which opens a transaction of the caller's tenant and hands the request to
//! `commands::schedule_interview`. That checks times and zone with `domain::interview`, locks the application, saves the
//! interview through `store::interviews`, sets the timer that will ask who came, and appends `InterviewScheduled` and
//! `MessageRequested` to the outbox. All of it commits at once.

mod commands;
mod domain;
mod events;
mod grpc;
mod jobs;
mod queries;
mod store;

use std::sync::Arc;

use anyhow::ensure;
use async_trait::async_trait;
use chassis::{House, Parts, Schema, Service};
use chrono::TimeDelta;
use serde::Deserialize;
use sqlx::migrate::Migrator;

use crate::{
    domain::{cadence::Cadence, link::LinkKey},
    events::Hears,
    grpc::subjects::People,
};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// `[ats]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// An invitation that is unanswered for so long gets one reminder.
    pub reminder_after_hours: u32,
}

/// The service.
#[derive(Debug)]
pub struct Ats {
    key: LinkKey,
    cadence: Cadence,
    outbox: outbox::Settings,
}

impl Ats {
    /// With its settings, and the key that signs the links to the candidate centre.
    pub fn new(settings: &Settings, link_key: [u8; 32], outbox: outbox::Settings) -> anyhow::Result<Self> {
        ensure!(settings.reminder_after_hours > 0, "ats.reminder_after_hours: must be 1 or more");
        Ok(Self::with_key(link_key, settings.reminder_after_hours, outbox))
    }

    /// With a given key.
    pub fn with_key(key: [u8; 32], reminder_after_hours: u32, outbox: outbox::Settings) -> Self {
        Self { key: LinkKey::new(key), cadence: cadence(reminder_after_hours), outbox }
    }

    /// What it keeps in PostgreSQL.
    pub fn schema() -> Schema {
        Schema {
            name: "ats",
            sets: vec![("outbox", &outbox::MIGRATIONS), ("ats", &MIGRATIONS)],
            // What is due is looked for in all tenants at once.
            system_tables: [outbox::SYSTEM_TABLES, &["timers", "history_imports"]].concat(),
        }
    }

    /// What it does when others say something.
    pub fn handler(reminder_after_hours: u32) -> Arc<dyn outbox::Handler> {
        Arc::new(Hears { cadence: cadence(reminder_after_hours) })
    }
}

fn cadence(reminder_after_hours: u32) -> Cadence {
    Cadence::new(TimeDelta::hours(reminder_after_hours.into()))
}

#[async_trait]
impl Service for Ats {
    fn name(&self) -> &'static str {
        "ats"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Self::schema())
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let db = house.db()?;
        let mut parts = Parts { publishes: true, ..Parts::default() };
        let tap = outbox::Tap::new(&db, house.redis.clone(), self.outbox.clone(), house.stop.clone());
        parts.subjects = Some(Arc::new(People::new(db.clone(), house.redis.clone(), self.outbox.clone())));
        parts.routes = grpc::routes(&db, self.cadence, self.key.clone(), &house, tap);
        let producer = outbox::Producer::new(db.clone(), house.redis.clone(), self.outbox.clone());
        parts.task("ats: outbox", producer.run(house.stop.clone()));
        let follower = outbox::Follower::new(
            db.clone(),
            house.redis.clone(),
            Arc::new(outbox::PeerLog::new(house.peers.clone())),
            Arc::new(Hears { cadence: self.cadence }),
            self.outbox.clone(),
        );
        let progress = follower.progress();
        parts.check(move || progress.check());
        parts.task("ats: events", follower.run(house.stop.clone()));
        parts.task("ats: imports", jobs::history::undo(db.clone(), house.stop.clone()));
        parts.task("ats: follow-up", jobs::timers::follow_up(db, self.cadence, house.stop));
        Ok(parts)
    }
}
