//! Analytics: counts what happened, from events alone, and says how much it knows.
//!
//! It keeps facts, one row each, that only its event handler writes, so everything can be counted again from the logs.
//! A fact from one service may be heard of before a fact from another that came first; times decide, not arrival.
//!
//! # One report's way through
//! `GetNoShowRates` arrives in `grpc`, waits until the write that the caller names has been counted, and asks
//! `queries`, which lets PostgreSQL group the facts in one statement and dresses each count as a rate with its n and its
//! Wilson interval (`domain::wilson`).

mod commands;
mod domain;
mod events;
mod grpc;
mod queries;
mod store;

use std::sync::Arc;

use async_trait::async_trait;
use chassis::{House, Parts, Schema, Service};
use sqlx::migrate::Migrator;

use crate::{events::Hears, grpc::subjects::People};

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
            system_tables: outbox::SYSTEM_TABLES.to_vec(),
        }
    }

    /// What it does when others say something.
    pub fn handler() -> Arc<dyn outbox::Handler> {
        Arc::new(Hears)
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
        let follower = outbox::Follower::new(
            db.clone(),
            house.redis.clone(),
            outbox::PeerLog::new(house.peers.clone()),
            Self::handler(),
            self.outbox.clone(),
        );
        let progress = follower.progress();
        let mut parts = Parts { routes: grpc::routes(&db, progress.clone()), ..Parts::default() };
        parts.subjects = Some(Arc::new(People(db.clone())));
        parts.check(move || progress.check());
        parts.task("analytics: events", follower.run(house.stop.clone()));
        Ok(parts)
    }
}
