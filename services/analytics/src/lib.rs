//! Analytics: counts what happened, from events alone, and says how much it knows.
//!
//! What is said is taken down as facts (`domain::fact`), which nobody changes. The facts of one root say together what they count
//! (`domain::count`), a pure function; so an event takes away what its root counted before and adds what it counts now, in
//! whatever order services are heard of, and everything can be counted anew from the logs while the old figures serve
//! (`jobs::figures`). Counts stand in cells by time (`domain::grain`), so that a report adds up few of them, however many facts
//! there are.
//!
//! # One event's way through
//! The lane of a shard hands some thousand events to `events`, which make facts of them; `commands::take_down` reads the facts that
//! are known of their roots, writes the new ones and changes the cells, in the transaction that moves the cursor.
//!
//! # One report's way through
//! `GetNoShowRates` arrives in `grpc`, is held against what the report knows (`domain::question`), and waits until the write that
//! the caller names has been counted. `queries` add up the cells of the period in one statement, bring them together as is asked
//! for, and dress each count as a rate with its n, its interval (`domain::wilson`) and its rank (`domain::ranking`).

mod commands;
mod domain;
mod events;
mod grpc;
mod jobs;
mod queries;
mod store;
mod ways_out;

use std::sync::Arc;

use async_trait::async_trait;
use chassis::{Db, House, Parts, Schema, Service};
use sqlx::migrate::Migrator;

use crate::{
    domain::generation::Generation,
    events::Hears,
    grpc::subjects::People,
    jobs::{
        adding, due,
        figures::{self, Figures, Ground},
    },
    store::due::Task,
};
pub use crate::{domain::risk, ways_out::charts};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The service.
#[derive(Debug)]
pub struct Analytics {
    outbox: outbox::Settings,
}

impl Analytics {
    /// It has no settings of its own.
    pub fn new(outbox: outbox::Settings) -> Self {
        Self { outbox }
    }

    /// What it keeps in PostgreSQL.
    pub fn schema() -> Schema {
        Schema {
            name: "analytics",
            sets: vec![("outbox", &outbox::MIGRATIONS), ("analytics", &MIGRATIONS)],
            system_tables: [outbox::SYSTEM_TABLES, &["due", "cell_changes"]].concat(),
        }
    }

    /// What it does when others say something: counts in the figures that serve first.
    pub fn handler() -> Arc<dyn outbox::Handler> {
        Arc::new(Hears(Generation::First))
    }

    /// The consumer of that name, where it is one of this service.
    pub fn handler_named(consumer: &str) -> Option<Arc<dyn outbox::Handler>> {
        let generation = Generation::ALL.into_iter().find(|generation| generation.consumer() == consumer)?;
        Some(Arc::new(Hears(generation)))
    }

    /// Has everything counted anew from the logs; what serves goes on serving until that is done. Says whether that had been
    /// asked for before and is at work.
    pub async fn rebuild(db: &Db) -> chassis::Result<bool> {
        commands::generations::rebuild(db).await
    }
}

#[async_trait]
impl Service for Analytics {
    fn name(&self) -> &'static str {
        "analytics"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Self::schema())
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let db = house.db()?;
        let figures = Figures::default();
        let ground = Ground {
            db: db.clone(),
            redis: house.redis.clone(),
            log: Arc::new(outbox::PeerLog::new(house.peers.clone())),
            settings: self.outbox.clone(),
        };
        let mut parts = Parts { routes: grpc::routes(&db, &figures), ..Parts::default() };
        parts.subjects = Some(Arc::new(People(db.clone())));
        let checked = figures.clone();
        parts.check(move || checked.check());
        parts.task("analytics: figures", figures::run(ground, figures, house.stop.clone()));
        parts.task("analytics: adding", adding::run(db.clone(), house.stop.clone()));
        parts.task("analytics: training", due::run(db.clone(), Task::Train, house.stop.clone()));
        parts.task("analytics: insights", due::run(db.clone(), Task::Look, house.stop.clone()));
        Ok(parts)
    }
}
