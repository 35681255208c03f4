//! Following one's own log as it grows, for whoever looks on: no cursor is kept and nothing is applied.
//!
//! A process has one [`Tap`] per schema. It reads the streams of those shards that somebody looks at, and hands each event
//! to all who do. PostgreSQL is the truth here as well: a [`Tail`] checks that each event follows the one before, and reads
//! the log where it does not: when Redis was flushed or is away, and when its own reader was slow and the tap went on.
//! So a tail misses nothing and says nothing twice, whatever becomes of the fast way.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chassis::{Db, Error, Result, TenantId, TenantTx, service::RedisAccess};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

use crate::{LocalLog, Log as _, Settings, backoff::wait, log::POSITION_AHEAD, shard_of, stream};

/// Events that wait for a tail before it has to read the log.
const WAITING: usize = 1_024;
/// Events of one read of a stream.
const BATCH: usize = 500;
/// Events of one read of the log by a tail.
const PAGE: i64 = 200;
/// After so many polls without news from Redis the log is asked, in case Redis has lost some.
const SILENCE: u32 = 4;
/// Before Redis, or the database, is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// The reason of a place that the log does not reach, or reached in another life of the database.
pub const PLACE_UNKNOWN: &str = "EVENT_PLACE_UNKNOWN";

/// A place in one shard of a log: behind that event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The event's position; 0 before the first.
    pub position: i64,
    /// The event's id; nil before the first.
    pub event_id: Uuid,
}

/// The growing end of a schema's own log. Cheap to clone.
#[derive(Clone)]
pub struct Tap(Arc<Inner>);

struct Inner {
    log: LocalLog,
    source: &'static str,
    redis: RedisAccess,
    settings: Settings,
    stop: CancellationToken,
    shards: Mutex<HashMap<u16, broadcast::Sender<Arc<Event>>>>,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tap({})", self.0.source)
    }
}

impl Tap {
    /// Of a schema that has the outbox's tables. Nothing is read before somebody looks on, nor after `stop`.
    pub fn new(db: &Db, redis: RedisAccess, settings: Settings, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            log: LocalLog::new(vec![db.clone()]),
            source: db.schema(),
            redis,
            settings,
            stop,
            shards: Mutex::default(),
        }))
    }

    /// The shard that holds a tenant's events.
    pub fn shard(&self, tenant: TenantId) -> u16 {
        shard_of(tenant, self.0.settings.shards)
    }

    /// A tenant's events behind a place. Errors: `OUT_OF_RANGE` ([`PLACE_UNKNOWN`]) when the log does not hold that place.
    pub async fn tail(&self, tenant: TenantId, mark: Mark) -> Result<Tail> {
        self.begin(self.shard(tenant), Some(tenant), mark).await
    }

    async fn begin(&self, shard: u16, tenant: Option<TenantId>, mark: Mark) -> Result<Tail> {
        // Before the look at the log, so that nothing falls between.
        let news = self.look_on(shard).await?;
        if mark.position > 0
            && self.0.log.id_at(self.0.source, shard, mark.position).await? != Some(mark.event_id.to_string())
        {
            return Err(unknown());
        }
        Ok(Tail { tap: self.clone(), tenant, shard, mark, news, behind: true, found: VecDeque::new() })
    }

    /// All tenants' events of one shard behind a place. Errors as [`Self::tail`].
    pub async fn tail_of_shard(&self, shard: u16, mark: Mark) -> Result<Tail> {
        self.begin(shard, None, mark).await
    }

    /// Where each shard of the log ends.
    pub async fn heads(&self) -> Result<Vec<(u16, Mark)>> {
        let known = self.0.log.heads(self.0.source).await?;
        let head = |shard| known.iter().find(|(of, _)| *of == shard).map_or(Mark::default(), |(_, mark)| *mark);
        Ok((0..self.0.settings.shards.max(1)).map(|shard| (shard, head(shard))).collect())
    }

    /// Where an event stands: its shard and its position. `UNAVAILABLE` until it is numbered.
    pub async fn locate(&self, event_id: &str) -> Result<(u16, i64)> {
        let found = self.0.log.locate(self.0.source, event_id).await?;
        // A log has at most 2^15 shards.
        Ok((u16::try_from(found.shard).unwrap_or_default(), found.position))
    }

    /// Where the log stands for a transaction that sees one moment of the database (`REPEATABLE READ`): behind which event,
    /// and which of the tenant's events of those types it sees besides, that are committed and not numbered yet. What
    /// comes behind the mark and is none of these, the transaction does not see. Errors: `UNAVAILABLE` when there are more
    /// than `most` of them.
    pub async fn standing(&self, tx: &mut TenantTx, types: &[String], most: usize) -> Result<(Mark, Vec<Uuid>)> {
        let head: Option<(i64, Option<Uuid>)> =
            sqlx::query_as("SELECT position, event_id FROM outbox_head WHERE shard = $1")
                .bind(i32::from(self.shard(tx.tenant())))
                .fetch_optional(tx.conn())
                .await?;
        let (position, event_id) = head.unwrap_or_default();
        let tenant = tx.tenant();
        let waiting: Vec<Uuid> = sqlx::query_scalar(
            "SELECT event_id FROM outbox WHERE tenant_id = $1 AND position IS NULL AND type = ANY ($2) LIMIT $3",
        )
        .bind(tenant)
        .bind(types)
        .bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(tx.conn())
        .await?;
        if waiting.len() > most {
            return Err(Error::unavailable("EVENTS_NOT_NUMBERED", "much was changed just now; try again in a moment"));
        }
        Ok((Mark { position, event_id: event_id.unwrap_or_default() }, waiting))
    }

    /// From here on each event is either in the log already or will be heard.
    async fn look_on(&self, shard: u16) -> Result<broadcast::Receiver<Arc<Event>>> {
        if let Some(receiver) = self.listened_to(shard) {
            return Ok(receiver);
        }
        let head = self.0.log.head(self.0.source, shard).await?;
        let mut shards = self.0.shards.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been quicker.
        if let Some(sender) = shards.get(&shard) {
            return Ok(sender.subscribe());
        }
        let (sender, receiver) = broadcast::channel(WAITING);
        shards.insert(shard, sender.clone());
        tokio::spawn(run(self.clone(), shard, head, sender));
        Ok(receiver)
    }

    fn listened_to(&self, shard: u16) -> Option<broadcast::Receiver<Arc<Event>>> {
        let shards = self.0.shards.lock().unwrap_or_else(PoisonError::into_inner);
        shards.get(&shard).map(broadcast::Sender::subscribe)
    }

    /// Whether nobody looks at a shard any more; then it is forgotten, and the next to look begins anew.
    fn is_deserted(&self, shard: u16, sender: &broadcast::Sender<Arc<Event>>) -> bool {
        let mut shards = self.0.shards.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever begins to look does so under the same lock.
        let deserted = sender.receiver_count() == 0;
        if deserted {
            shards.remove(&shard);
        }
        deserted
    }
}

/// Hands on what one shard's stream brings, as long as somebody looks on.
async fn run(tap: Tap, shard: u16, head: i64, sender: broadcast::Sender<Arc<Event>>) {
    follow(&tap, shard, head, &sender).await;
    // Tails that are left learn that nobody follows any more when the last sender goes. Another run may have begun.
    let mut shards = tap.0.shards.lock().unwrap_or_else(PoisonError::into_inner);
    if shards.get(&shard).is_some_and(|standing| standing.same_channel(&sender)) {
        shards.remove(&shard);
    }
}

async fn follow(tap: &Tap, shard: u16, head: i64, sender: &broadcast::Sender<Arc<Event>>) {
    let Inner { log, source, redis, settings, stop, .. } = &*tap.0;
    let mut reader = stream::Reader::new(redis.clone(), source, shard);
    let silence = settings.poll() * SILENCE;
    let mut position = head;
    while !stop.is_cancelled() && !tap.is_deserted(shard, sender) {
        let news = tokio::select! {
            news = reader.after(position, BATCH, silence) => news,
            () = stop.cancelled() => return,
        };
        let next = |events: &[Event]| events.first().is_some_and(|event| event.position == position + 1);
        let events = match news {
            Ok(events) if next(&events) => events,
            outcome => {
                if outcome.is_err() {
                    wait(RETRY, stop).await;
                }
                match log.read(source, shard.into(), position, 0).await {
                    Ok(page) => page.events,
                    // Another life of the database. The tails notice when they look for another one to follow.
                    Err(error) if error.reason() == POSITION_AHEAD => return,
                    Err(_) => {
                        wait(RETRY, stop).await;
                        continue;
                    }
                }
            }
        };
        for event in events {
            position = event.position;
            // Without anybody to hear it the loop ends.
            let _ = sender.send(Arc::new(event));
        }
    }
}

/// A tenant's events, or those of a shard, one after the other.
pub struct Tail {
    tap: Tap,
    /// `None` for all tenants of the shard.
    tenant: Option<TenantId>,
    shard: u16,
    mark: Mark,
    news: broadcast::Receiver<Arc<Event>>,
    /// Whether the log may hold more than was seen.
    behind: bool,
    found: VecDeque<Event>,
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tail({}, {:?})", self.tap.0.source, self.mark)
    }
}

impl Tail {
    /// Behind what it has said so far.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// The next event; waits for it. May be given up at any time without losing one. Errors: `OUT_OF_RANGE`
    /// ([`PLACE_UNKNOWN`]) when the log has become another one; `UNAVAILABLE` when the process stops.
    pub async fn next(&mut self) -> Result<Arc<Event>> {
        loop {
            if let Some(event) = self.found.pop_front() {
                self.pass(&event);
                return Ok(Arc::new(event));
            }
            if self.behind {
                self.read_log().await?;
                continue;
            }
            match self.news.recv().await {
                Ok(event) if event.position <= self.mark.position => {}
                Ok(event) if event.position > self.mark.position + 1 => self.behind = true,
                Ok(event) => {
                    let before = if self.mark.position == 0 { String::new() } else { self.mark.event_id.to_string() };
                    if event.predecessor_id != before {
                        return Err(unknown());
                    }
                    self.pass(&event);
                    if self.tenant.is_none_or(|tenant| event.tenant_id == tenant.to_string()) {
                        return Ok(event);
                    }
                }
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) if self.tap.0.stop.is_cancelled() => {
                    return Err(Error::unavailable("STOPPING", "this process stops; another one goes on"));
                }
                Err(RecvError::Closed) => {
                    self.news = self.tap.look_on(self.shard).await?;
                    self.behind = true;
                }
            }
        }
    }

    fn pass(&mut self, event: &Event) {
        self.mark = Mark { position: event.position, event_id: Uuid::parse_str(&event.id).unwrap_or_default() };
    }

    /// One page of the log. When there are no more, goes behind all that it holds.
    async fn read_log(&mut self) -> Result<()> {
        let (log, source) = (&self.tap.0.log, self.tap.0.source);
        let Some(tenant) = self.tenant else { return self.read_shard().await };
        let (events, head) = log.read_of(source, self.shard, tenant, self.mark, PAGE).await?;
        if events.is_empty() {
            self.mark = head;
            self.behind = false;
        }
        self.found = events.into();
        Ok(())
    }

    async fn read_shard(&mut self) -> Result<()> {
        let (log, source) = (&self.tap.0.log, self.tap.0.source);
        let page = log.read(source, self.shard.into(), self.mark.position, 0).await;
        let events = page.map_err(|error| if error.reason() == POSITION_AHEAD { unknown() } else { error })?.events;
        let before = if self.mark.position == 0 { String::new() } else { self.mark.event_id.to_string() };
        if events.first().is_some_and(|event| event.predecessor_id != before) {
            return Err(unknown());
        }
        self.behind = !events.is_empty();
        self.found = events.into();
        Ok(())
    }
}

fn unknown() -> Error {
    Error::new(tonic::Code::OutOfRange, PLACE_UNKNOWN, "the log does not hold the place that was reached before")
}
