//! Talent: the people whom a tenant knows, and everything that happened with them.
//!
//! It owns candidates, their contact points, imports and timelines. Contact points are sealed: what lies in the
//! database is of no use without the installation's master key.
//!
//! # One request's way through
//! `CreateCandidate` arrives in `grpc`, which fetches the tenant's key and opens a transaction of the caller's tenant.
//! `commands::create_candidate` has `domain` clean what was said, saves through `store::candidates` (which seals the
//! contact points, and finds by their blind index whether somebody has them), and appends `CandidateCreated` to the
//! outbox. The transaction commits and the answer goes out. A moment later `events`, which follows every service that
//! speaks of candidates, this one among them, writes the line of the person's timeline.

mod commands;
mod domain;
mod events;
mod grpc;
mod queries;
mod store;

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use chassis::{House, Parts, Schema, Service};
use serde::Deserialize;
use sqlx::migrate::Migrator;

use crate::store::keyring::Keyring;
pub use crate::store::keyring::MasterKey;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// `[talent]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// 32 random bytes, base64: wraps the tenants' keys, which seal e-mail addresses and telephone numbers.
    pub master_key_file: String,
}

/// The service.
#[derive(Debug)]
pub struct Talent {
    master: MasterKey,
    outbox: outbox::Settings,
}

impl Talent {
    /// From the settings; reads the key file.
    pub fn new(settings: Settings, outbox: outbox::Settings) -> anyhow::Result<Self> {
        let path = settings.master_key_file;
        let text = std::fs::read_to_string(&path).with_context(|| format!("talent.master_key_file: {path}"))?;
        let master = MasterKey::read(&text.into()).with_context(|| format!("talent.master_key_file: {path}"))?;
        Ok(Self::with_master_key(master, outbox))
    }

    /// With a key that is at hand.
    pub fn with_master_key(master: MasterKey, outbox: outbox::Settings) -> Self {
        Self { master, outbox }
    }

    /// What it keeps in PostgreSQL.
    pub fn schema() -> Schema {
        Schema {
            name: "talent",
            sets: vec![("outbox", &outbox::MIGRATIONS), ("talent", &MIGRATIONS)],
            system_tables: outbox::SYSTEM_TABLES.to_vec(),
        }
    }

    /// What it does when others say something.
    pub fn handler() -> Arc<dyn outbox::Handler> {
        Arc::new(events::Hears)
    }
}

#[async_trait]
impl Service for Talent {
    fn name(&self) -> &'static str {
        "talent"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Self::schema())
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let db = house.db()?;
        let mut parts = Parts { publishes: true, ..Parts::default() };
        parts.routes = grpc::routes(db.clone(), Keyring::new(db.clone(), self.master.clone()), house.stop.clone());

        let producer = outbox::Producer::new(db.clone(), house.redis.clone(), self.outbox.clone());
        parts.task("talent: outbox", producer.run(house.stop.clone()));

        let log = Arc::new(outbox::PeerLog::new(house.peers.clone()));
        let follower = outbox::Follower::new(db, house.redis, log, Self::handler(), self.outbox.clone());
        let progress = follower.progress();
        parts.check(move || progress.check());
        parts.task("talent: events", follower.run(house.stop));
        Ok(parts)
    }
}
