//! The outbox against real PostgreSQL and Redis.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod conformance;
mod erasure;
mod handlers;
mod large_log;
mod latency;
mod log;
mod random;
mod settings;
mod tap;
mod trace;
mod wire;

use std::sync::Arc;

use chassis::Schema;
use outbox::conformance::{Deaf, Rig, Stage};
use testkit::{TestDatabase, TestRedis};

/// A schema that says things and one that listens.
fn schemas() -> [Schema; 2] {
    let schema = |name, sets| Schema { name, sets, system_tables: outbox::SYSTEM_TABLES.to_vec() };
    [
        schema("mouth", vec![("outbox", &outbox::MIGRATIONS)]),
        schema("ear", vec![("outbox", &outbox::MIGRATIONS), ("conformance", &outbox::conformance::MIGRATIONS)]),
    ]
}

struct Ground {
    database: TestDatabase,
    redis: TestRedis,
}

impl Ground {
    async fn new() -> Self {
        Self { database: TestDatabase::new(&schemas()).await, redis: TestRedis::new().await }
    }

    fn rig(&self) -> Rig {
        Rig {
            producer: self.database.db("mouth"),
            consumer: self.database.db("ear"),
            redis: self.redis.access(),
            handler: Arc::new(Deaf),
        }
    }

    fn stage(&self) -> Stage {
        Stage::new(self.rig())
    }
}
