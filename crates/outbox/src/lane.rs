//! One shard of one source, followed.
//!
//! The stream in Redis is read first, after the cursor. A gap in the positions, a silence, or a Redis that is away sends
//! the lane to the log. An event that does not follow the last one applied comes from another life of the producer's
//! database (it was restored from an older state): the lane halts, says so everywhere, and guesses nothing. It looks for
//! an operator's word in the cursor and goes on after that.
//!
//! Events are applied many to a transaction, without savepoints: PostgreSQL slows down everybody when a transaction has
//! more than 64 of them that write. When a batch fails for a reason that will not pass, it is rolled back and its events
//! are applied one by one, so that the bad one is found and the others do not suffer; the bad one is parked.

use std::{convert::Infallible, sync::Arc, time::Duration};

use chassis::{Db, Error, Result, TenantTx, service::RedisAccess};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use usher_proto::eventlog::v1::{Event, ReadEventsResponse};

use crate::{
    Handler, Log, Progress, Settings,
    backoff::{Backoff, wait},
    cursor::{self, Cursor, Fit, Place},
    dead_letters,
    follower::{ctx, handle},
    log::POSITION_AHEAD,
    metrics, stream,
};

/// The fewest events that are asked of a log at once, and the most that it gives.
const PAGE: i32 = 500;
const MOST: i32 = 1_000;
/// After a batch of a crowd so long passes for the next one to gather, which then costs a transaction of its own. Where few
/// events come, each is applied at once.
const GATHER: Duration = Duration::from_millis(50);
/// Events of a transaction that looks at each by itself.
const CAREFUL: usize = 100;
/// Events of a batch from which on it is one of a crowd.
const CROWD: usize = 5;
/// How often an event is tried before it is parked.
const TRIES: u32 = 3;
/// Between two of these tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
/// A transaction that takes longer is on a connection that is dead, or waits for one that is.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a lane whose transaction lasts asks how far it falls behind.
const LOOK_AHEAD: Duration = Duration::from_secs(1);
/// A pause before Redis, or a producer's log, is tried again.
const RETRY: Duration = Duration::from_millis(250);
/// How often a halted lane looks for an operator's word.
const HALTED: Duration = Duration::from_secs(1);

/// What the lanes of a follower share.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) redis: RedisAccess,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) settings: Settings,
    pub(crate) progress: Progress,
    pub(crate) permits: Semaphore,
}

pub(crate) struct Lane {
    shared: Arc<Shared>,
    place: Place,
    stream: stream::Reader,
    backoff: Backoff,
    /// What was out of reach at the last look, so that it is logged once and not at every look.
    away: Option<&'static str>,
}

/// Where the next events come from.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Stream,
    Log,
    Halted,
}

impl Lane {
    pub(crate) fn new(shared: Arc<Shared>, place: Place) -> Self {
        let stream = stream::Reader::new(shared.redis.clone(), place.source, place.shard);
        Self { shared, place, stream, backoff: Backoff::default(), away: None }
    }

    /// Follows until stopped.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(&stop).await {
                let Place { consumer, source, shard } = self.place;
                tracing::warn!(consumer, source, shard, %error, "following broke off; trying again");
                self.backoff.pause(&stop).await;
            }
        }
    }

    async fn follow(&mut self, stop: &CancellationToken) -> Result<()> {
        let mut cursor = self.look().await?;
        // What was said while nobody followed may be in no stream any more.
        let mut turn = Turn::Log;
        while !stop.is_cancelled() {
            if cursor.halted.is_some() {
                turn = Turn::Halted;
            }
            (cursor, turn) = match turn {
                Turn::Stream => self.take_from_stream(cursor, stop).await?,
                Turn::Log => self.take_from_log(cursor, stop).await?,
                Turn::Halted => {
                    wait(HALTED, stop).await;
                    (self.look().await?, Turn::Log)
                }
            };
        }
        Ok(())
    }

    fn batch(&self) -> usize {
        self.shared.handler.batch().max(1)
    }

    async fn look(&self) -> Result<Cursor> {
        let cursor = cursor::open(&self.shared.db, self.place).await?;
        self.shared.progress.stands(self.place, &cursor);
        Ok(cursor)
    }

    /// Applies what the stream brings. Silence is an occasion to ask the log; so is what the stream can not tell.
    async fn take_from_stream(&mut self, cursor: Cursor, stop: &CancellationToken) -> Result<(Cursor, Turn)> {
        let silence = self.shared.settings.silence();
        let news = tokio::select! {
            news = self.stream.after(cursor.position, self.batch(), silence) => news,
            () = stop.cancelled() => return Ok((cursor, Turn::Stream)),
        };
        match news {
            Ok(events) if events.is_empty() => Ok((cursor, Turn::Log)),
            Ok(events) => {
                self.back("Redis");
                let (cursor, turn) = self.apply(cursor, &events).await?;
                if turn == Turn::Stream && (CROWD..self.batch()).contains(&events.len()) {
                    wait(GATHER, stop).await;
                }
                Ok((cursor, turn))
            }
            Err(error) => {
                self.gone("Redis", &error);
                wait(RETRY, stop).await;
                Ok((cursor, Turn::Log))
            }
        }
    }

    /// Applies a page of the log. Once there is none, it is the stream's turn.
    async fn take_from_log(&mut self, cursor: Cursor, stop: &CancellationToken) -> Result<(Cursor, Turn)> {
        let page = tokio::select! {
            page = self.read(cursor.position) => page,
            () = stop.cancelled() => return Ok((cursor, Turn::Log)),
        };
        match page {
            Ok(page) => {
                self.back("the log");
                self.shared.progress.heard_of(self.place, page.head_position);
                if page.events.is_empty() {
                    return Ok((cursor, Turn::Stream));
                }
                let asked = cursor.position;
                let (cursor, turn) = self.apply(cursor, &page.events).await?;
                if turn == Turn::Log && cursor.position == asked {
                    let why = "the producer's log lacks the event that comes next";
                    return Ok((self.halt(why, asked).await?, Turn::Log));
                }
                Ok((cursor, Turn::Log))
            }
            Err(error) if error.reason() == POSITION_AHEAD => {
                let why = "the producer's log ends before the last event that was applied";
                Ok((self.halt(why, cursor.position).await?, Turn::Log))
            }
            // The producer is away, or has never run. What the stream holds can still be applied.
            Err(error) => {
                self.gone("the log", &error);
                wait(RETRY, stop).await;
                Ok((cursor, Turn::Stream))
            }
        }
    }

    /// What the log has behind a position: a page, or as many as make up a batch.
    async fn read(&self, after: i64) -> Result<ReadEventsResponse> {
        let Place { source, shard, .. } = self.place;
        let size = i32::try_from(self.batch()).unwrap_or(MOST).clamp(PAGE, MOST);
        let mut read = self.shared.log.read(source, shard.into(), after, size).await?;
        while let Some(last) = read.events.last()
            && last.position < read.head_position
            && read.events.len() < self.batch()
        {
            // What has been read can be applied without it.
            let Ok(more) = self.shared.log.read(source, shard.into(), last.position, size).await else { break };
            if more.events.is_empty() {
                break;
            }
            read.events.extend(more.events);
            read.head_position = more.head_position;
        }
        Ok(read)
    }

    /// Applies a run of events, many at once or, where one is bad, one by one.
    async fn apply(&mut self, cursor: Cursor, events: &[Event]) -> Result<(Cursor, Turn)> {
        let shared = self.shared.clone();
        if let Some(last) = events.last() {
            shared.progress.heard_of(self.place, last.position);
        }
        // The semaphore is never closed.
        let _permit = shared.permits.acquire().await;
        let mut cursor = cursor;
        // Behind a parked event each is looked at by itself, and a transaction must not take for ever.
        let size = if cursor.parked > 0 { self.batch().min(CAREFUL) } else { self.batch() };
        for batch in events.chunks(size) {
            let outcome = match self.transact(batch, None).await {
                Err(error) if !error.is_transient() => self.one_by_one(batch).await?,
                done => Some(done?),
            };
            self.backoff.reset();
            let Some((moved, turn)) = outcome else { continue };
            cursor = moved;
            if turn != Turn::Stream || cursor.halted.is_some() {
                return Ok((cursor, turn));
            }
        }
        Ok((cursor, Turn::Stream))
    }

    async fn one_by_one(&self, batch: &[Event]) -> Result<Option<(Cursor, Turn)>> {
        let mut outcome = None;
        for event in batch {
            let (cursor, turn) = self.alone(event).await?;
            let go_on = turn == Turn::Stream && cursor.halted.is_none();
            outcome = Some((cursor, turn));
            if !go_on {
                break;
            }
        }
        Ok(outcome)
    }

    /// Applies one event; when it is refused for good, parks it.
    async fn alone(&self, event: &Event) -> Result<(Cursor, Turn)> {
        let event = std::slice::from_ref(event);
        for attempt in 1.. {
            match self.transact(event, None).await {
                Err(error) if !error.is_transient() && attempt < TRIES => tokio::time::sleep(BETWEEN_TRIES).await,
                Err(error) if !error.is_transient() => return self.transact(event, Some(&error)).await,
                done => return done,
            }
        }
        Err(Error::internal("an event was tried for ever", &self.place.source))
    }

    /// Applies events and moves the cursor in one transaction; or parks them, for the given reason.
    async fn transact(&self, events: &[Event], refused: Option<&Error>) -> Result<(Cursor, Turn)> {
        let late = |_| Error::unavailable("DATABASE_UNAVAILABLE", "a transaction of a consumer does not end");
        tokio::select! {
            done = tokio::time::timeout(PATIENCE, self.transact_now(events, refused)) => done.map_err(late)?,
            never = self.look_ahead(events) => match never {},
        }
    }

    /// Keeps asking how long the log has become, so that a transaction that does not end shows as a growing lag.
    async fn look_ahead(&self, events: &[Event]) -> Infallible {
        let Place { source, shard, .. } = self.place;
        let after = events.last().map_or(0, |last| last.position);
        loop {
            tokio::time::sleep(LOOK_AHEAD).await;
            if let Ok(page) = self.shared.log.read(source, shard.into(), after, 1).await {
                self.shared.progress.heard_of(self.place, page.head_position);
            }
        }
    }

    async fn transact_now(&self, events: &[Event], refused: Option<&Error>) -> Result<(Cursor, Turn)> {
        let Some(first) = events.first() else {
            return Err(Error::internal("a transaction was begun for no event", &self.place.source));
        };
        let mut tx = self.shared.db.begin(&ctx(first, self.place.consumer)?).await?;
        let mut cursor = cursor::lock(tx.conn(), self.place).await?;
        let before = cursor.clone();
        let mut turn = Turn::Stream;
        let mut rest = events;
        while let [event, ..] = rest
            && cursor.halted.is_none()
        {
            let mut passed = 1;
            match cursor.fit(event) {
                Fit::Known => {}
                Fit::Gap => {
                    turn = Turn::Log;
                    break;
                }
                Fit::Foreign(why) => cursor.halted = Some(why.to_owned()),
                Fit::Next => {
                    passed = if refused.is_none() { self.together(&cursor, rest) } else { 1 };
                    self.take(&mut tx, &mut cursor, &rest[..passed], refused).await?;
                }
            }
            rest = &rest[passed..];
        }
        if cursor != before {
            cursor::save(tx.conn(), self.place, &cursor).await?;
            tx.commit().await?;
        }
        self.tell(&before, &cursor);
        Ok((cursor, turn))
    }

    /// How many events take effect in one go, the first of which is the next: bulk events without a gap. Behind a parked event
    /// each is looked at by itself.
    fn together(&self, cursor: &Cursor, events: &[Event]) -> usize {
        let is_bulk = |event: &Event| self.shared.handler.is_bulk(event);
        if cursor.parked > 0 || !events.first().is_some_and(is_bulk) {
            return 1;
        }
        let mut reached = cursor.clone();
        let joins = |event: &&Event| {
            let joins = is_bulk(event) && reached.fit(event) == Fit::Next;
            reached.pass(event);
            joins
        };
        events.iter().take_while(joins).count()
    }

    /// The next events take effect, or are parked because they are bad or stand behind one that is.
    async fn take(
        &self,
        tx: &mut TenantTx,
        cursor: &mut Cursor,
        events: &[Event],
        refused: Option<&Error>,
    ) -> Result<()> {
        let consumer = self.place.consumer;
        let Some(event) = events.first() else { return Ok(()) };
        turn_to(tx, event, consumer).await?;
        if let Some(error) = refused {
            dead_letters::park(tx, consumer, event, &error.to_string()).await?;
            cursor.parked += 1;
            tracing::error!(
                consumer,
                source = event.source,
                event_type = event.r#type,
                subject = event.subject,
                position = event.position,
                reason = error.reason(),
                "an event can not be applied; it is parked with what follows about its subject, see `usher replay`"
            );
        } else if cursor.parked > 0 && dead_letters::is_parked(tx, consumer, &event.source, &event.subject).await? {
            dead_letters::park(tx, consumer, event, "an earlier event of the same subject is parked").await?;
            cursor.parked += 1;
        } else {
            self.effect(tx, events).await?;
        }
        for event in events {
            cursor.pass(event);
        }
        Ok(())
    }

    /// Events take effect, tenant by tenant: what one says is nothing to another, so each one's are taken together.
    async fn effect(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        let handler = &*self.shared.handler;
        if events.iter().all(|event| Some(&event.tenant_id) == events.first().map(|first| &first.tenant_id)) {
            return handle(handler, tx, events).await;
        }
        let mut by_tenant = events.to_vec();
        // Stable, so that each one's stay in order.
        by_tenant.sort_by(|one, other| one.tenant_id.cmp(&other.tenant_id));
        for of_one in by_tenant.chunk_by(|one, other| one.tenant_id == other.tenant_id) {
            if let Some(first) = of_one.first() {
                turn_to(tx, first, self.place.consumer).await?;
            }
            handle(handler, tx, of_one).await?;
        }
        Ok(())
    }

    /// Makes a committed move known.
    fn tell(&self, before: &Cursor, after: &Cursor) {
        let Place { consumer, source, shard } = self.place;
        let parked = after.parked - before.parked;
        let applied = after.position - before.position - parked;
        let labels = metrics::labels(consumer, source);
        metrics::APPLIED.add(u64::try_from(applied).unwrap_or_default(), &labels);
        metrics::PARKED.add(u64::try_from(parked).unwrap_or_default(), &labels);
        if let (None, Some(why)) = (&before.halted, &after.halted) {
            tracing::error!(
                consumer,
                source,
                shard,
                position = after.position,
                why,
                "the producer's log is not the one that was followed; halted, see `usher replay`"
            );
        }
        self.shared.progress.stands(self.place, after);
    }

    /// Halts, unless the cursor has been moved meanwhile.
    async fn halt(&self, why: &str, position: i64) -> Result<Cursor> {
        let mut tx = self.shared.db.begin_system().await?;
        let mut cursor = cursor::lock(tx.conn(), self.place).await?;
        let before = cursor.clone();
        if cursor.position == position && cursor.halted.is_none() {
            cursor.halted = Some(why.to_owned());
            cursor::save(tx.conn(), self.place, &cursor).await?;
            tx.commit().await?;
        }
        self.tell(&before, &cursor);
        Ok(cursor)
    }

    fn gone(&mut self, what: &'static str, error: &Error) {
        if self.away.replace(what) != Some(what) {
            let Place { consumer, source, shard } = self.place;
            tracing::warn!(consumer, source, shard, %error, "{what} is out of reach; following without");
        }
    }

    fn back(&mut self, what: &'static str) {
        if self.away == Some(what) {
            self.away = None;
        }
    }
}

/// The transaction goes on for the tenant of an event.
async fn turn_to(tx: &mut TenantTx, event: &Event, consumer: &str) -> Result<()> {
    let ctx = ctx(event, consumer)?;
    if ctx.tenant == tx.tenant() {
        return Ok(());
    }
    tx.switch(ctx).await
}
