//! How tests stand up: a database from a template, a Redis prefix, a clock that moves, a wire that can be cut, and a
//! whole small installation. For tests only; it panics with clear words.

#![expect(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "a test that can not stand up fails")]

mod cutter;
mod database;
mod redis;
mod site;

use std::time::{Duration, Instant};

pub use self::{
    cutter::WireCutter,
    database::TestDatabase,
    redis::TestRedis,
    site::{Site, Voice, new_key, recorded_telemetry, redis_access},
};

/// Waits until a condition holds; fails with `what` when it does not within `patience`. The only waiting that tests do.
pub async fn eventually(patience: Duration, what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < patience, "not within {} s: {what}", patience.as_secs());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn server(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set; run the tests by script/test, or within `usher with-servers`"))
}
