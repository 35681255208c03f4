//! Accounts: who there is, what they may do, and how they prove it.
//!
//! It owns tenants, users, API keys and the built-in issuer. The authorization table itself is part of the contract
//! (`usher.accounts.v1.access` on every RPC) and enforced by the chassis in every service alike.
//!
//! # One request's way through
//! `CreateUser` arrives in `grpc`, which opens a transaction of the caller's tenant and hands the request to
//! `commands::create_user`. That asks `domain::grants` whether the caller's role may give the asked role, saves through
//! `store::users`, and appends `UserCreated` to the outbox. The transaction commits and the answer goes out.

mod commands;
mod domain;
mod grpc;
mod queries;
mod store;

use std::sync::Arc;

use async_trait::async_trait;
use chassis::{House, Parts, Schema, Service};
use sqlx::migrate::Migrator;

pub use crate::domain::issuer::BuiltInIssuer;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The service.
#[derive(Debug)]
pub struct Accounts {
    issuer: Option<Arc<BuiltInIssuer>>,
    outbox: outbox::Settings,
}

impl Accounts {
    /// With or without the built-in issuer.
    pub fn new(issuer: Option<BuiltInIssuer>, outbox: outbox::Settings) -> Self {
        Self { issuer: issuer.map(Arc::new), outbox }
    }

    /// What it keeps in PostgreSQL.
    pub fn schema() -> Schema {
        Schema {
            name: "accounts",
            sets: vec![("outbox", &outbox::MIGRATIONS), ("accounts", &MIGRATIONS)],
            // A presented key, and a slug, are looked up before their tenant is known.
            system_tables: [outbox::SYSTEM_TABLES, &["api_keys", "tenants"]].concat(),
        }
    }
}

#[async_trait]
impl Service for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Self::schema())
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let db = house.db()?;
        let mut parts = Parts { publishes: true, ..Parts::default() };
        parts.routes = grpc::routes(&db, self.issuer.clone());
        let producer = outbox::Producer::new(db, house.redis.clone(), self.outbox.clone());
        parts.task("accounts: outbox", producer.run(house.stop.clone()));
        Ok(parts)
    }
}
