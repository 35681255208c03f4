//! The outbox's suite, on a service's own schema and handler. Every producer and every consumer runs it.
//!
//! ```text
//! #[tokio::test(flavor = "multi_thread")]
//! async fn the_outbox_keeps_its_promises_here() {
//!     testkit::outbox_conformance(&Ats::schema(), Ats::handler()).await;
//! }
//! ```
//! A service without a handler gives [`Deaf`].

use std::{slice, sync::Arc};

use chassis::Schema;
use futures::StreamExt as _;
pub use outbox::conformance::Deaf;
use outbox::{
    Handler,
    conformance::{MIGRATIONS, Rig, SCENARIOS, Scenario},
};

use crate::{TestDatabase, TestRedis};

/// Scenarios at once.
const AT_ONCE: usize = 4;

/// Runs every scenario, each on a database and a Redis prefix of its own; fails with the first that fails.
pub async fn outbox_conformance(schema: &Schema, handler: Arc<dyn Handler>) {
    let mut schema = schema.clone();
    schema.sets.push(("conformance", &MIGRATIONS));
    let schema = &schema;
    let play = |(name, scenario): &(&'static str, Scenario)| {
        let (name, scenario, handler) = (*name, *scenario, handler.clone());
        async move {
            tracing::info!(schema = schema.name, name, "conformance");
            let (database, redis) = (TestDatabase::new(slice::from_ref(schema)).await, TestRedis::new().await);
            let db = database.db(schema.name);
            scenario(Rig { producer: db.clone(), consumer: db, redis: redis.access(), handler }).await;
        }
    };
    futures::stream::iter(SCENARIOS).for_each_concurrent(AT_ONCE, play).await;
}
