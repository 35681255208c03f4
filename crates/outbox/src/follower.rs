//! Applying what others say: in order, without a gap, each event once.
//!
//! A follower is one lane per shard of each source, each with its cursor, its stream and its pace, so that one that
//! waits keeps no other from going on; see `lane`.

use std::{collections::BTreeSet, panic::AssertUnwindSafe, str::FromStr as _, sync::Arc};

use async_trait::async_trait;
use chassis::{Db, Error, Result, TenantCtx, TenantId, TenantTx, service::RedisAccess, telemetry};
use futures::FutureExt as _;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, field::Empty};
use usher_proto::eventlog::v1::Event;

use crate::{
    Log, Progress, Settings,
    cursor::Place,
    lane::{Lane, Shared},
};

/// Transactions of one follower at once, so that requests find connections in the pool while much is applied.
const AT_ONCE: usize = 3;

/// What a service does when others say something. The routing table of `events/`, see [`crate::match_event!`].
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Under which name the cursor is kept; the service's own. Another name starts from the beginning.
    fn consumer(&self) -> &'static str;

    /// Whom it listens to.
    fn sources(&self) -> &'static [&'static str];

    /// Applies one event in a transaction of its tenant. It gets nothing else: an outside effect becomes a row that a
    /// job performs.
    ///
    /// An error that is transient is tried again until it passes, while the shard waits. Another one, or a panic, parks
    /// the event after three tries, together with all that follows about the same subject.
    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()>;

    /// The most events that are applied in one transaction.
    fn batch(&self) -> usize {
        200
    }

    /// Whether an event is of those that come by the thousand, and are then applied many at once.
    fn is_bulk(&self, _event: &Event) -> bool {
        false
    }

    /// Applies bulk events of one tenant, in their order, with the effect that each by itself would have; of other tenants there
    /// may have been some between them. When it fails for good, they are applied one by one.
    async fn apply_bulk(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        for event in events {
            self.apply(tx, event).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl<H: Handler + ?Sized> Handler for Arc<H> {
    fn consumer(&self) -> &'static str {
        (**self).consumer()
    }

    fn sources(&self) -> &'static [&'static str] {
        (**self).sources()
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        (**self).apply(tx, event).await
    }

    fn batch(&self) -> usize {
        (**self).batch()
    }

    fn is_bulk(&self, event: &Event) -> bool {
        (**self).is_bulk(event)
    }

    async fn apply_bulk(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        (**self).apply_bulk(tx, events).await
    }
}

/// The receiving side of one service.
pub struct Follower(Arc<Shared>);

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Follower({})", self.0.handler.consumer())
    }
}

impl Follower {
    /// For a schema that has the outbox's tables.
    pub fn new(db: Db, redis: RedisAccess, log: impl Log + 'static, handler: impl Handler, settings: Settings) -> Self {
        let log: Arc<dyn Log> = Arc::new(log);
        let handler: Arc<dyn Handler> = Arc::new(handler);
        let progress = Progress::new(handler.consumer(), places(&*handler, &settings), log.clone(), &settings);
        let permits = Semaphore::new(AT_ONCE);
        Self(Arc::new(Shared { db, redis, log, handler, settings, progress, permits }))
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.0.progress.clone()
    }

    /// Follows until stopped. A batch that has begun is finished.
    pub async fn run(self, stop: CancellationToken) {
        let lanes = places(&*self.0.handler, &self.0.settings).map(|place| Lane::new(self.0.clone(), place));
        // Spawned, so that lanes use all cores; dropped with this future, so that nothing outlives it.
        let mut running: tokio::task::JoinSet<()> = lanes.map(|lane| lane.run(stop.clone())).collect();
        while let Some(ended) = running.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                // Not by a handler, whose panics are caught. The process is told by the end of this task.
                tracing::error!(consumer = self.0.handler.consumer(), "a lane panicked");
                return;
            }
        }
        // One that listens to nobody ends no sooner than the others.
        stop.cancelled().await;
    }
}

fn places(handler: &dyn Handler, settings: &Settings) -> impl Iterator<Item = Place> + use<> {
    let (consumer, shards) = (handler.consumer(), settings.shards);
    let sources = handler.sources().iter();
    sources.flat_map(move |source| (0..shards).map(move |shard| Place { consumer, source, shard }))
}

/// For whom an event is applied: its tenant, by the consumer.
pub(crate) fn ctx(event: &Event, consumer: &str) -> Result<TenantCtx> {
    let tenant = TenantId::from_str(&event.tenant_id)
        .map_err(|error| Error::internal("an event's tenant is malformed", &error))?;
    Ok(TenantCtx::service(tenant, consumer))
}

/// Runs a handler for an event in a span of the event's own trace; for several, in one that is linked to each of theirs. A
/// panic is an error like another: one bad event must not stop all.
pub(crate) async fn handle(handler: &dyn Handler, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
    let Some(first) = events.first() else { return Ok(()) };
    let span = tracing::info_span!(
        "consume",
        otel.name = format!("consume {}", first.r#type),
        otel.kind = "consumer",
        messaging.system = "usher",
        messaging.destination.name = first.source,
        messaging.message.id = Empty,
        messaging.batch.message_count = Empty,
        consumer = handler.consumer(),
    );
    let work = if let [event] = events {
        span.record("messaging.message.id", &event.id);
        telemetry::continue_from(&span, &event.traceparent);
        handler.apply(tx, event)
    } else {
        span.record("messaging.batch.message_count", events.len());
        let writers: BTreeSet<&str> = events.iter().map(|event| event.traceparent.as_str()).collect();
        for traceparent in writers {
            telemetry::link(&span, traceparent);
        }
        handler.apply_bulk(tx, events)
    };
    AssertUnwindSafe(work.instrument(span))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Error::internal("a handler panicked", &first.r#type)))
}
