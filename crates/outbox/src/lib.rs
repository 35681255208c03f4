//! How facts travel from the service that knows them to those that need them, each exactly once.
//!
//! ```text
//! append ── in the writer's transaction ──► outbox row
//! sequence ─ after the commit ────────────► position, dense per shard, with its predecessor      ┐ one leader
//! relay ─────────────────────────────────► Redis stream, id = position                           ┘ per schema
//! follow ── from the follower's cursor ───► Redis while it has them, the log (gRPC) when it has not
//! apply ── effect and cursor in one transaction of the consumer
//! replay ─ what was parked, when its cause is mended
//! ```
//!
//! PostgreSQL is the truth and Redis the fast way: a Redis that forgets everything costs milliseconds and no event. The
//! crate never knows a business noun; it carries any protobuf message by its full name.
//!
//! | module | what it owns |
//! |---|---|
//! | [`append`](mod@append) | writing an event in the transaction that does the thing |
//! | [`sequencer`] | numbering what was committed, under an advisory lock |
//! | [`relay`] | the streams in Redis, and making them agree with the log again |
//! | [`log`] | reading the log, here or at the producer's |
//! | [`follower`] | applying events of others, gap-free and once |
//! | [`dead_letters`] | what could not be applied |

pub mod append;
pub mod dead_letters;
pub mod follower;
pub mod log;
pub mod relay;
pub mod sequencer;

use serde::Deserialize;
use sqlx::migrate::Migrator;

pub use self::{
    append::{append, append_all, shard_of},
    dead_letters::{Parked, parked, replay, resume},
    follower::{Follower, Handler, Progress},
    log::{LocalLog, Log, PeerLog, log_routes},
    sequencer::Producer,
};

/// The tables, for a service's [`chassis::Schema`].
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Tables that background work reads across tenants, for a service's [`chassis::Schema`].
pub const SYSTEM_TABLES: &[&str] = &["outbox", "dead_letter"];

/// `[events]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Shards of each service's log. Fixed once a log has begun.
    pub shards: u16,
    /// How many events a stream keeps, about.
    pub stream_max_len: usize,
    /// The longest an event waits to be seen when no commit in this process announces it, in milliseconds.
    pub poll_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { shards: 4, stream_max_len: 10_000, poll_ms: 250 }
    }
}

/// The message of an event when it is of that type: `if let Some(said) = outbox::read::<JobOpened>(event)? { … }`.
pub fn read<E: prost::Message + prost::Name + Default>(
    event: &usher_proto::eventlog::v1::Event,
) -> chassis::Result<Option<E>> {
    if event.r#type != E::full_name() {
        return Ok(None);
    }
    E::decode(event.data.as_slice()).map(Some).map_err(|_| {
        chassis::Error::new(tonic::Code::DataLoss, "EVENT_MALFORMED", "the event does not decode as what it says it is")
    })
}

/// The stream of one shard of one source. The braces keep a shard on one node of a Redis Cluster.
pub(crate) fn stream_key(redis: &chassis::service::RedisAccess, source: &str, shard: u16) -> String {
    redis.key(&format!("usher:{{{source}.{shard}}}"))
}

/// Lets a message of another crate into our error without its text, which may quote data.
pub(crate) fn out_of_reach(error: &redis::RedisError) -> chassis::Error {
    tracing::warn!(kind = ?error.kind(), "Redis is out of reach");
    chassis::Error::unavailable("REDIS_UNAVAILABLE", "Redis is out of reach for the moment")
}
