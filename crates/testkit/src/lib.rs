//! How tests stand up: everything real, nothing shared, nothing waited for blindly.
//!
//! | module | what a test gets |
//! |---|---|
//! | [`database`] | a PostgreSQL database of its own, cloned from a migrated template, with a movable clock |
//! | [`redis`](mod@redis) | a prefix of its own in a real Redis |
//! | [`conformance`] | the outbox's suite, on a service's own schema and handler |
//! | [`cutter`] | a wire to either that can be cut and mended |
//! | [`eventually`](fn@eventually) | the one way to wait |
//! | [`site`] | a small installation: services in this process behind real listeners |
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that can not stand up fails, and says why"
)]

pub mod conformance;
pub mod cutter;
pub mod database;
mod eventually;
pub mod redis;
pub mod site;

pub use crate::{
    conformance::outbox_conformance,
    cutter::WireCutter,
    database::TestDatabase,
    eventually::{PATIENCE, eventually, within},
    redis::TestRedis,
    site::{Site, Stopped, Tuning, Voice, Wires, new_key, recorded_telemetry},
};
