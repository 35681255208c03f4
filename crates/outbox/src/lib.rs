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
//! | `sequencer` | numbering what was committed, under an advisory lock |
//! | `relay` | the streams in Redis, and making them agree with the log again |
//! | [`producer`] | the leader that does both |
//! | [`log`] | reading the log, here or at the producer's |
//! | [`tap`] | looking on as one's own log grows, without a cursor |
//! | [`follower`] | the handler, and one lane per shard that it follows |
//! | `lane` | one shard: stream, log, batches, what to do when something fails |
//! | `cursor` | how far a lane is, and whether the next event fits |
//! | [`progress`] | how far a follower is, for readiness and for readers that wait |
//! | [`dead_letters`] | what could not be applied, and replaying it |
//! | [`erasure`] | forgetting what was said about somebody |
//! | `mentions` | noting whom events name, by which an erasure finds them |
//! | [`merging`] | who stands for whom, for services that follow another's merges |
//! | `stream` | a shard's stream: its key, its entries |
//! | `metrics` | what is counted |

pub mod append;
mod backoff;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cursor;
pub mod dead_letters;
pub mod erasure;
pub mod follower;
mod lane;
pub mod log;
mod mentions;
pub mod merging;
mod metrics;
pub mod producer;
pub mod progress;
mod relay;
mod row;
mod sequencer;
mod stream;
pub mod tap;

use std::time::Duration;

use chassis::{Error, Result};
use serde::Deserialize;
use sqlx::migrate::Migrator;
pub use usher_proto::eventlog::v1::Event;

pub use self::{
    append::{append, append_all, append_traced, shard_of},
    dead_letters::{Filter, Parked, parked, replay, replay_where, resume},
    follower::{Follower, Handler},
    log::{LocalLog, Log, PeerLog, log_routes},
    producer::Producer,
    progress::{Progress, Standing},
    tap::{Mark, Tail, Tap},
};

/// The tables, for a service's [`chassis::Schema`].
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Tables that background work reads across tenants, for a service's [`chassis::Schema`].
pub const SYSTEM_TABLES: &[&str] = &["outbox", "outbox_mention", "dead_letter"];

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

impl Settings {
    /// How long an idle sequencer waits before it looks again. Its session ends when it is silent for 30 s.
    fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms.clamp(1, 10_000))
    }

    /// After so long without news from Redis a follower asks the log, in case Redis has lost some.
    fn silence(&self) -> Duration {
        self.poll() * 20
    }
}

/// Whether an event is of that type. A routing table asks so for each of its lines: no name is written for it.
pub fn is<E: prost::Name>(event: &Event) -> bool {
    let rest = event.r#type.strip_prefix(E::PACKAGE).and_then(|rest| rest.strip_prefix('.'));
    rest == Some(E::NAME)
}

/// The message of an event when it is of that type. A routing table reads better with [`match_event!`].
pub fn read<E: prost::Message + prost::Name + Default>(event: &Event) -> Result<Option<E>> {
    if !is::<E>(event) {
        return Ok(None);
    }
    E::decode(event.data.as_slice()).map(Some).map_err(|_| {
        Error::new(tonic::Code::DataLoss, "EVENT_MALFORMED", "the event does not decode as what it says it is")
    })
}

/// A routing table: the first line whose message is the event's does the work; of an event of another type, which is no concern,
/// comes nothing, which is the default of what the lines answer.
///
/// ```
/// # use chassis::Result;
/// # fn plan(_: prost_types::Duration) -> Result<()> { Ok(()) }
/// # fn forget(_: prost_types::Timestamp) -> Result<()> { Ok(()) }
/// use prost_types::{Duration, Timestamp};
///
/// fn route(event: &outbox::Event) -> Result<()> {
///     outbox::match_event!(event,
///         Duration(span) => plan(span),
///         Timestamp(time) => forget(time),
///     )
/// }
/// # assert!(route(&outbox::Event::default()).is_ok());
/// ```
#[macro_export]
macro_rules! match_event {
    ($event:expr $(, $message:ident($said:pat) => $work:expr)* $(,)?) => {{
        let event: &$crate::Event = $event;
        $(if let Some($said) = $crate::read::<$message>(event)? { $work } else)* { Ok(::core::default::Default::default()) }
    }};
}
