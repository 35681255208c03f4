//! Applying what others say: in order, without a gap, each event once.
//!
//! The cursor (position and id of the last event) lives in the consumer's schema and moves in the transaction that
//! applies, so an event takes effect exactly when its place is passed. The row is locked while a batch is applied;
//! another process that follows the same log waits, finds the cursor moved, and skips what is done.
//!
//! Redis is read first. A gap in the positions, a silence of [`SILENCE`], or a Redis that is away sends the follower to
//! the log. Each event names its predecessor: one that does not fit the cursor comes from another life of the producer's
//! database, and the follower halts loudly rather than guess, until an operator says where to go on.
//!
//! An event whose handler refuses it is parked with all that follows it about the same subject, and the rest goes on.

use std::{
    collections::{BTreeMap, HashMap},
    panic::AssertUnwindSafe,
    str::FromStr as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chassis::{Actor, Db, Error, Result, TenantCtx, TenantId, TenantTx, service::RedisAccess, telemetry};
use futures::FutureExt as _;
use redis::aio::MultiplexedConnection;
use sqlx::FromRow;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use usher_proto::eventlog::v1::{ConsistencyToken, Event};
use uuid::Uuid;

use crate::{Log, Settings, dead_letters, out_of_reach, relay, stream_key};

/// Events per transaction.
const BATCH: usize = 200;
/// How long a read of the streams waits for news.
const BLOCK: Duration = Duration::from_millis(1_000);
/// After so long without news the log is asked, in case Redis has lost some.
const SILENCE: Duration = Duration::from_secs(5);
/// A pause after a failure.
const PAUSE: Duration = Duration::from_millis(250);

/// What a service does when others say something. The routing table of `events/`.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Under which name the cursor is kept; the service's own.
    fn consumer(&self) -> &'static str;

    /// Whom it listens to.
    fn sources(&self) -> &'static [&'static str];

    /// Applies one event in a transaction of its tenant. It gets nothing else: an outside effect becomes a row that a
    /// job performs. An error that is not transient parks the event.
    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()>;
}

/// One shard of one source.
type Place = (&'static str, u16);

#[derive(Debug, Clone, Default)]
struct Mark {
    position: i64,
    event_id: String,
    halted: Option<String>,
}

#[derive(FromRow)]
struct CursorRow {
    position: i64,
    event_id: Option<Uuid>,
    halted: Option<String>,
    parked: i64,
}

/// How far a follower is; cheap to clone.
#[derive(Clone)]
pub struct Progress {
    marks: Arc<Mutex<HashMap<Place, Mark>>>,
    moved: watch::Sender<()>,
    log: Arc<dyn Log>,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

impl Progress {
    /// For readiness: `Err` names what halted.
    pub fn check(&self) -> Result<(), String> {
        let marks = self.marks();
        let halted: Vec<String> = marks
            .iter()
            .filter_map(|((source, shard), mark)| Some(format!("{source}.{shard} halted: {}", mark.halted.as_ref()?)))
            .collect();
        if halted.is_empty() { Ok(()) } else { Err(halted.join("; ")) }
    }

    /// Waits until the event that a token names has been applied here.
    pub async fn wait_for(&self, token: &ConsistencyToken, patience: Duration) -> Result<()> {
        let late = || Error::unavailable("NOT_CAUGHT_UP", "this service has not yet seen the write that you name");
        tokio::time::timeout(patience, self.reach(token)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn reach(&self, token: &ConsistencyToken) -> Result<()> {
        let mut moved = self.moved.subscribe();
        let place = loop {
            match self.log.locate(&token.source, &token.event_id).await {
                Ok(place) => break place,
                // Numbered within milliseconds of the commit.
                Err(error) if error.is_transient() => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(error) => return Err(error),
            }
        };
        loop {
            let reached = self.marks().iter().any(|((source, shard), mark)| {
                *source == token.source && u32::from(*shard) == place.shard && mark.position >= place.position
            });
            if reached {
                return Ok(());
            }
            if moved.changed().await.is_err() {
                return Err(Error::unavailable("STOPPING", "this process is stopping"));
            }
        }
    }

    fn marks(&self) -> std::sync::MutexGuard<'_, HashMap<Place, Mark>> {
        self.marks.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set(&self, place: Place, mark: Mark) {
        self.marks().insert(place, mark);
        self.moved.send_replace(());
    }
}

/// The receiving side of one service.
pub struct Follower {
    db: Db,
    redis: RedisAccess,
    log: Arc<dyn Log>,
    handler: Arc<dyn Handler>,
    settings: Settings,
    progress: Progress,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Follower({})", self.handler.consumer())
    }
}

/// What came of a batch.
enum Outcome {
    /// Everything up to here is applied.
    Applied,
    /// Events are missing; the log has them.
    Gap,
}

impl Follower {
    /// For a schema that has the outbox's tables.
    pub fn new(db: Db, redis: RedisAccess, log: Arc<dyn Log>, handler: Arc<dyn Handler>, settings: Settings) -> Self {
        let progress = Progress { marks: Arc::default(), moved: watch::Sender::new(()), log: log.clone() };
        Self { db, redis, log, handler, settings, progress }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Follows until stopped. A batch that has begun is finished.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(&stop).await {
                tracing::warn!(consumer = self.handler.consumer(), %error, "following broke off; trying again");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn follow(&self, stop: &CancellationToken) -> Result<()> {
        self.load().await?;
        // While Redis is away, the log alone carries.
        let mut redis = self.connect().await.ok();
        let mut asked: Option<Instant> = None;
        while !stop.is_cancelled() {
            if asked.is_none_or(|asked| asked.elapsed() > SILENCE) || redis.is_none() {
                self.catch_up_all().await?;
                asked = Some(Instant::now());
            }
            let Some(connection) = redis.as_mut() else {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = stop.cancelled() => return Ok(()),
                }
                redis = self.connect().await.ok();
                continue;
            };
            let news = tokio::select! {
                news = self.read(connection) => news,
                () = stop.cancelled() => return Ok(()),
            };
            match news {
                Ok(batches) => {
                    for (place, events) in batches {
                        // What Redis brings is news; what it leaves out is told by the gap.
                        if matches!(self.apply(place, events).await?, Outcome::Gap) {
                            self.catch_up(place).await?;
                        }
                    }
                }
                Err(error) => {
                    tracing::debug!(consumer = self.handler.consumer(), %error, "reading from the log instead");
                    redis = None;
                }
            }
        }
        Ok(())
    }

    /// Reads the cursors, making those that are not there yet.
    async fn load(&self) -> Result<()> {
        for place in self.places() {
            let mut tx = self.db.begin_system().await?;
            sqlx::query(
                "INSERT INTO outbox_cursor (consumer, source, shard, position) VALUES ($1, $2, $3, 0)
                 ON CONFLICT DO NOTHING",
            )
            .bind(self.handler.consumer())
            .bind(place.0)
            .bind(i32::from(place.1))
            .execute(tx.conn())
            .await?;
            let row: CursorRow = sqlx::query_as(
                "SELECT position, event_id, halted, parked FROM outbox_cursor
                 WHERE consumer = $1 AND source = $2 AND shard = $3",
            )
            .bind(self.handler.consumer())
            .bind(place.0)
            .bind(i32::from(place.1))
            .fetch_one(tx.conn())
            .await?;
            tx.commit().await?;
            self.progress.set(place, row.into());
        }
        Ok(())
    }

    fn places(&self) -> impl Iterator<Item = Place> + '_ {
        let shards = self.settings.shards;
        self.handler.sources().iter().flat_map(move |source| (0..shards).map(move |shard| (*source, shard)))
    }

    async fn connect(&self) -> Result<MultiplexedConnection> {
        // A blocking read takes longer than the client's usual patience with an answer.
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
        let connecting = self.redis.client.get_multiplexed_async_connection_with_config(&config);
        tokio::time::timeout(Duration::from_secs(5), connecting)
            .await
            .map_err(|_| Error::unavailable("REDIS_UNAVAILABLE", "Redis does not answer"))?
            .map_err(|error| out_of_reach(&error))
    }

    /// News from the streams, if any comes within [`BLOCK`].
    async fn read(&self, connection: &mut MultiplexedConnection) -> Result<BTreeMap<Place, Vec<Event>>> {
        let places: Vec<(Place, i64)> = {
            let marks = self.progress.marks();
            self.places()
                .filter_map(|place| {
                    let mark = marks.get(&place)?;
                    mark.halted.is_none().then_some((place, mark.position))
                })
                .collect()
        };
        if places.is_empty() {
            tokio::time::sleep(BLOCK).await;
            return Ok(BTreeMap::new());
        }
        let keys: Vec<String> =
            places.iter().map(|((source, shard), _)| stream_key(&self.redis, source, *shard)).collect();
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(BATCH).arg("BLOCK").arg(BLOCK.as_millis().to_string()).arg("STREAMS").arg(&keys);
        for (_, position) in &places {
            command.arg(format!("{position}-0"));
        }
        // Redis answers within BLOCK; a connection that says nothing for much longer is dead.
        let reply: Option<redis::streams::StreamReadReply> =
            tokio::time::timeout(BLOCK * 5, command.query_async(connection))
                .await
                .map_err(|_| Error::unavailable("REDIS_UNAVAILABLE", "Redis does not answer"))?
                .map_err(|error| out_of_reach(&error))?;
        let mut news = BTreeMap::new();
        for stream in reply.map(|reply| reply.keys).unwrap_or_default() {
            let Some(index) = keys.iter().position(|key| *key == stream.key) else { continue };
            let events: Vec<Event> = stream.ids.iter().filter_map(relay::decode).collect();
            news.insert(places[index].0, events);
        }
        Ok(news)
    }

    async fn catch_up_all(&self) -> Result<()> {
        let mut failed = None;
        for place in self.places() {
            // One producer that is away must not keep the others' events from us.
            if let Err(error) = self.catch_up(place).await {
                if !error.is_transient() {
                    return Err(error);
                }
                failed = Some(error);
            }
        }
        if let Some(error) = failed {
            tracing::debug!(consumer = self.handler.consumer(), %error, "a log is out of reach");
        }
        Ok(())
    }

    /// Applies everything that the log holds after the cursor.
    async fn catch_up(&self, place: Place) -> Result<()> {
        let (source, shard) = place;
        loop {
            let mark = self.progress.marks().get(&place).cloned().unwrap_or_default();
            if mark.halted.is_some() {
                return Ok(());
            }
            let page = i32::try_from(BATCH).unwrap_or(i32::MAX);
            match self.log.read(source, shard.into(), mark.position, page).await {
                Ok(answer) if answer.events.is_empty() => return Ok(()),
                Ok(answer) => {
                    self.apply(place, answer.events).await?;
                }
                Err(error) if error.reason() == "EVENT_POSITION_AHEAD" => {
                    return self.halt(place, "the producer's log ends before what was applied here").await;
                }
                // A producer that has never run has no log yet.
                Err(error) if error.reason() == "EVENT_SOURCE_UNKNOWN" => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Applies a run of events in one transaction with the cursor.
    async fn apply(&self, place: Place, events: Vec<Event>) -> Result<Outcome> {
        let Some(first) = events.first() else { return Ok(Outcome::Applied) };
        let consumer = self.handler.consumer();
        let ctx = self.ctx(first)?;
        let mut tx = self.db.begin(&ctx).await?;
        let row: CursorRow = sqlx::query_as(
            "SELECT position, event_id, halted, parked FROM outbox_cursor
             WHERE consumer = $1 AND source = $2 AND shard = $3 FOR UPDATE",
        )
        .bind(consumer)
        .bind(place.0)
        .bind(i32::from(place.1))
        .fetch_one(tx.conn())
        .await?;
        let mut parked = row.parked;
        let mut mark: Mark = row.into();
        if mark.halted.is_some() {
            self.progress.set(place, mark);
            return Ok(Outcome::Applied);
        }
        let before = mark.position;
        let mut outcome = Outcome::Applied;
        for event in &events {
            if event.position <= mark.position {
                if event.position == mark.position && event.id != mark.event_id {
                    drop(tx);
                    self.halt(place, "an event was replaced by another of the same position").await?;
                    return Ok(Outcome::Applied);
                }
                continue;
            }
            if event.position > mark.position + 1 {
                outcome = Outcome::Gap;
                break;
            }
            if event.predecessor_id != mark.event_id {
                drop(tx);
                self.halt(place, "an event follows another one than was applied here").await?;
                return Ok(Outcome::Applied);
            }
            parked += self.apply_one(&mut tx, event, parked > 0).await?;
            mark = Mark { position: event.position, event_id: event.id.clone(), halted: None };
        }
        if mark.position > before {
            sqlx::query(
                "UPDATE outbox_cursor SET position = $4, event_id = $5::uuid, parked = $6
                 WHERE consumer = $1 AND source = $2 AND shard = $3",
            )
            .bind(consumer)
            .bind(place.0)
            .bind(i32::from(place.1))
            .bind(mark.position)
            .bind(&mark.event_id)
            .bind(parked)
            .execute(tx.conn())
            .await?;
            tx.commit().await?;
        }
        self.progress.set(place, mark);
        Ok(outcome)
    }

    /// Applies one event or parks it. The answer is how many were parked.
    async fn apply_one(&self, tx: &mut TenantTx, event: &Event, some_parked: bool) -> Result<i64> {
        let consumer = self.handler.consumer();
        tx.step(self.ctx(event)?).await?;
        if some_parked && dead_letters::is_parked(tx, consumer, &event.source, &event.subject).await? {
            dead_letters::park(tx, consumer, event, "an earlier event of the same subject is parked").await?;
            return Ok(1);
        }
        match handle(&*self.handler, tx, event).await {
            Ok(()) => Ok(0),
            Err(error) if error.is_transient() => Err(error),
            Err(error) => {
                tracing::error!(
                    consumer,
                    source = event.source,
                    event_type = event.r#type,
                    position = event.position,
                    reason = error.reason(),
                    "an event can not be applied; it is parked, see `usher replay`"
                );
                tx.step_back().await?;
                dead_letters::park(tx, consumer, event, &error.to_string()).await?;
                Ok(1)
            }
        }
    }

    fn ctx(&self, event: &Event) -> Result<TenantCtx> {
        let tenant = TenantId::from_str(&event.tenant_id)
            .map_err(|error| Error::internal("an event's tenant is malformed", &error))?;
        Ok(TenantCtx { tenant, actor: Actor::service(self.handler.consumer()) })
    }

    async fn halt(&self, (source, shard): Place, why: &str) -> Result<()> {
        tracing::error!(
            consumer = self.handler.consumer(),
            source,
            shard,
            why,
            "the producer's log and what was applied here disagree; halted, see `usher replay`"
        );
        let mut tx = self.db.begin_system().await?;
        sqlx::query("UPDATE outbox_cursor SET halted = $4 WHERE consumer = $1 AND source = $2 AND shard = $3")
            .bind(self.handler.consumer())
            .bind(source)
            .bind(i32::from(shard))
            .bind(why)
            .execute(tx.conn())
            .await?;
        tx.commit().await?;
        let mut mark = self.progress.marks().get(&(source, shard)).cloned().unwrap_or_default();
        mark.halted = Some(why.to_owned());
        self.progress.set((source, shard), mark);
        Ok(())
    }
}

impl From<CursorRow> for Mark {
    fn from(row: CursorRow) -> Self {
        Self {
            position: row.position,
            event_id: row.event_id.map(|id| id.to_string()).unwrap_or_default(),
            halted: row.halted,
        }
    }
}

/// Runs a handler in a span of the event's own trace. A panic is an error like another: one bad event must not stop all.
pub(crate) async fn handle(handler: &dyn Handler, tx: &mut TenantTx, event: &Event) -> Result<()> {
    let span = tracing::info_span!(
        "consume",
        otel.name = format!("consume {}", event.r#type),
        otel.kind = "consumer",
        messaging.system = "usher",
        messaging.destination.name = event.source,
        messaging.message.id = event.id,
        consumer = handler.consumer(),
    );
    telemetry::continue_from(&span, &event.traceparent);
    AssertUnwindSafe(handler.apply(tx, event).instrument(span))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Error::internal("a handler panicked", &event.r#type)))
}
