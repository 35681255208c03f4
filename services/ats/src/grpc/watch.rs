//! `TaskService.WatchTasks`: the workbench as it changes.
//!
//! The service's own log is the source: every change of a task is an event there, which carries the task as it was then,
//! and a tenant's events stand in one shard, in the order of their commits. So a place in that shard is all that a resume
//! token needs to hold, and any replica can go on from it. The one difficulty is the beginning: an event is numbered
//! after its commit, so a snapshot may show changes that have no number yet. It is read in one moment of the database
//! together with the log's head and with the tenant's events that wait for a number; those are passed over when they come
//! by, and until then tokens name them.
//!
//! A watch has no task of its own and holds one message at a time: it is asked for the next when the wire has room. One
//! whose reader is slow is overtaken by the tap and finds the rest in the log.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Caller, Db, Error, Result, TenantCtx, TenantId, clock::Rounds};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use outbox::{Event, Mark, Tail, Tap, tap::PLACE_UNKNOWN};
use prost::Name as _;
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use usher_proto::ats::v1::{
    Task, TaskChanged, TaskCompleted, TaskCreated, TaskState, WatchKind, WatchTasksRequest, WatchTasksResponse,
};
use uuid::Uuid;

use super::convert;
use crate::{
    domain::workbench::{Before, Filter},
    queries, store,
};

/// Watches of one process at once.
const WATCHES: usize = 1_000;
/// Snapshots of one process at once. Each holds a connection, which requests need as well.
const SNAPSHOTS: usize = 2;
/// A snapshot that is not taken in time gives its connection back.
const SNAPSHOT_PATIENCE: Duration = Duration::from_secs(20);
/// Tasks of one read of a snapshot.
const PAGE: i64 = 200;
/// Changes without a number that a token can name.
const UNNUMBERED: usize = 100;
/// How soon a snapshot is tried again when there are more, and how often.
const AGAIN: Duration = Duration::from_millis(20);
const TRIES: u32 = 50;
/// A watch that lasts longer ends, so that whoever lost the right to look loses the sight as well.
const LONGEST: TimeDelta = TimeDelta::minutes(30);
/// How often its rights are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// After so long without news it says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What watches share.
pub struct Watches {
    db: Db,
    tap: Tap,
    stop: CancellationToken,
    places: Arc<Semaphore>,
    snapshots: Arc<Semaphore>,
}

impl Watches {
    pub fn new(db: Db, tap: Tap, stop: CancellationToken) -> Self {
        let (places, snapshots) = (Arc::new(Semaphore::new(WATCHES)), Arc::new(Semaphore::new(SNAPSHOTS)));
        Self { db, tap, stop, places, snapshots }
    }

    /// Begins one, with a snapshot or behind a token.
    pub async fn open(
        &self,
        caller: &Caller,
        request: &WatchTasksRequest,
    ) -> Result<BoxStream<'static, Result<WatchTasksResponse, Status>>> {
        let ctx = caller.tenant_ctx()?;
        let filter = queries::filter(&mut self.db.begin(&ctx).await?, request.filter.as_ref()).await?;
        let place = self
            .places
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::unavailable("WATCHES_FULL", "this process has as many watches as it takes"))?;
        let (token, snapshot) = if request.resume_token.is_empty() {
            let (token, pages) = self.snapshot(&ctx, &filter).await?;
            (token, Some(pages))
        } else {
            (Token::read(&request.resume_token, ctx.tenant, &filter)?, None)
        };
        let tail = self.tap.tail(ctx.tenant, token.mark).await.map_err(expired)?;
        let watch = Watch {
            db: self.db.clone(),
            filter,
            tail,
            token,
            snapshot,
            shown: VecDeque::new(),
            end: self.db.clock().now() + LONGEST,
            expiry: caller.expiry,
            stop: self.stop.clone(),
            rounds: self.db.clock().rounds(LOOK),
            said: Instant::now(),
            ctx,
            _place: place,
        };
        Ok(stream::unfold(Some(watch), async |watch| {
            let mut watch = watch?;
            match watch.next().await {
                Ok(message) => Some((Ok(message), Some(watch))),
                Err(error) => Some((Err(error.into()), None)),
            }
        })
        .boxed())
    }

    /// Everything that stands in the list in one moment, page by page, and the place of that moment in the log.
    async fn snapshot(&self, ctx: &TenantCtx, filter: &Filter) -> Result<(Token, mpsc::Receiver<Result<Vec<Task>>>)> {
        let permit = tokio::time::timeout(SNAPSHOT_PATIENCE, self.snapshots.clone().acquire_owned())
            .await
            .ok()
            .and_then(std::result::Result::ok)
            .ok_or_else(|| Error::unavailable("WATCHES_FULL", "too many watches begin at once"))?;
        let types = [TaskCreated::full_name(), TaskChanged::full_name(), TaskCompleted::full_name()];
        let mut tries = 0;
        let (tx, mark, unnumbered) = loop {
            let mut tx = self.db.begin(ctx).await?;
            store::tasks::hold_moment(&mut tx).await?;
            match self.tap.standing(&mut tx, &types, UNNUMBERED).await {
                Ok((mark, unnumbered)) => break (tx, mark, unnumbered),
                Err(error) if error.is_transient() && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
            drop(tx);
            tokio::time::sleep(AGAIN).await;
        };
        let token =
            Token { tenant: ctx.tenant, filter: filter.fingerprint(), mark, shown: unnumbered.into_iter().collect() };
        // The transaction must not wait for a slow reader, nor the reader's end find it open.
        let (send, pages) = mpsc::channel(2);
        let filter = filter.clone();
        tokio::spawn(async move {
            let (_permit, mut tx) = (permit, tx);
            let reading = async {
                let mut after = None;
                loop {
                    let tasks = store::tasks::standing(&mut tx, &filter, after, PAGE).await?;
                    after = tasks.last().map(|task| (task.due_time, task.id));
                    let ended = tasks.is_empty();
                    let page = tasks.iter().map(convert::task).collect();
                    // Whoever asked may be gone.
                    if ended || send.send(Ok(page)).await.is_err() {
                        return Ok(());
                    }
                }
            };
            let late = || Error::aborted("WATCH_TOO_SLOW", "the snapshot was not taken in time; narrow it, or read on");
            let outcome = tokio::time::timeout(SNAPSHOT_PATIENCE, reading).await.unwrap_or_else(|_| Err(late()));
            drop(tx);
            if let Err(error) = outcome {
                let _ = tokio::time::timeout(SNAPSHOT_PATIENCE, send.send(Err(error))).await;
            }
        });
        Ok((token, pages))
    }
}

/// One caller's.
struct Watch {
    db: Db,
    ctx: TenantCtx,
    filter: Filter,
    tail: Tail,
    /// The last one that was given out.
    token: Token,
    /// What is left of the snapshot.
    snapshot: Option<mpsc::Receiver<Result<Vec<Task>>>>,
    shown: VecDeque<Task>,
    end: DateTime<Utc>,
    expiry: Option<DateTime<Utc>>,
    stop: CancellationToken,
    rounds: Rounds,
    said: Instant,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    async fn next(&mut self) -> Result<WatchTasksResponse> {
        loop {
            self.must_go_on()?;
            if let Some(message) = self.next_of_snapshot().await? {
                return Ok(message);
            }
            if self.said.elapsed() >= HEARTBEAT {
                self.token.mark = self.tail.mark();
                return Ok(self.message(WatchKind::Heartbeat, None));
            }
            tokio::select! {
                // What is there is told before anything ends.
                biased;
                event = self.tail.next() => {
                    let event = event.map_err(expired)?;
                    self.token.mark = self.tail.mark();
                    if let Some((kind, task)) = self.told(&event).await? {
                        return Ok(self.message(kind, Some(task)));
                    }
                }
                () = self.stop.cancelled() => {}
                () = self.rounds.next() => {}
            }
        }
    }

    fn must_go_on(&self) -> Result<()> {
        let now = self.db.clock().now();
        if self.expiry.is_some_and(|expiry| expiry <= now) {
            return Err(Error::unauthenticated("TOKEN_EXPIRED", "the token has expired; get a fresh one"));
        }
        if self.stop.is_cancelled() || self.end <= now {
            return Err(Error::unavailable("WATCH_ENDED", "connect again with the last resume_token"));
        }
        Ok(())
    }

    async fn next_of_snapshot(&mut self) -> Result<Option<WatchTasksResponse>> {
        loop {
            if let Some(task) = self.shown.pop_front() {
                return Ok(Some(WatchTasksResponse {
                    kind: WatchKind::Snapshot.into(),
                    task: Some(task),
                    resume_token: String::new(),
                }));
            }
            let Some(pages) = &mut self.snapshot else { return Ok(None) };
            match pages.recv().await {
                Some(page) => self.shown = page?.into(),
                None => {
                    self.snapshot = None;
                    return Ok(Some(self.message(WatchKind::Synced, None)));
                }
            }
        }
    }

    fn message(&mut self, kind: WatchKind, task: Option<Task>) -> WatchTasksResponse {
        self.said = Instant::now();
        WatchTasksResponse { kind: kind.into(), task, resume_token: self.token.write() }
    }

    /// What an event is to this watch.
    async fn told(&mut self, event: &Event) -> Result<Option<(WatchKind, Task)>> {
        if !self.token.shown.is_empty() && self.token.shown.remove(&Uuid::parse_str(&event.id).unwrap_or_default()) {
            return Ok(None);
        }
        let (id, task, before) = if let Some(said) = outbox::read::<TaskCreated>(event)? {
            (said.task_id, said.task, None)
        } else if let Some(said) = outbox::read::<TaskChanged>(event)? {
            let state = said.from_state();
            let before = Before { state, holder: said.from_holder, candidate: said.from_candidate_id };
            (said.task_id, said.task, Some(before))
        } else if let Some(said) = outbox::read::<TaskCompleted>(event)? {
            // An older version does not say what it was before.
            let state = if said.task.is_some() { said.from_state() } else { TaskState::Open };
            (said.task_id, said.task, Some(Before { state, holder: said.from_holder, candidate: String::new() }))
        } else {
            return Ok(None);
        };
        let task = match task {
            Some(task) => task,
            // Said by an older version: as it is now.
            None => {
                let mut tx = self.db.begin(&self.ctx).await?;
                convert::task(&store::tasks::get(&mut tx, chassis::wire::id("task_id", &id)?).await?)
            }
        };
        Ok(self.filter.told(before.as_ref(), &task).map(|kind| (kind, task)))
    }
}

/// A place that the log does not hold any more.
fn expired(error: Error) -> Error {
    if error.reason() != PLACE_UNKNOWN {
        return error;
    }
    let message = "the log does not reach back to this token; start without one and take the snapshot";
    Error::new(tonic::Code::OutOfRange, "RESUME_TOKEN_EXPIRED", message)
}

/// A place in a tenant's log, for watches of one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    tenant: TenantId,
    filter: [u8; 8],
    mark: Mark,
    /// Events behind the mark which the snapshot shows already.
    shown: BTreeSet<Uuid>,
}

impl Token {
    /// Of the bytes, which a later version may arrange otherwise.
    const VERSION: u8 = 1;

    fn write(&self) -> String {
        let mut bytes = vec![Self::VERSION];
        bytes.extend(self.tenant.0.as_bytes());
        bytes.extend(self.filter);
        bytes.extend(self.mark.position.to_be_bytes());
        bytes.extend(self.mark.event_id.as_bytes());
        for event in &self.shown {
            bytes.extend(event.as_bytes());
        }
        bytes.extend(checksum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A token says nothing to anybody but its tenant, whose own events alone it leads to; the checksum is there against
    /// accidents.
    fn read(text: &str, tenant: TenantId, filter: &Filter) -> Result<Self> {
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| Self::parse(&bytes))
            .filter(|token| token.tenant == tenant && token.filter == filter.fingerprint())
            .ok_or_else(|| {
                let message = "is not one that a watch with this filter gave out; start without one";
                Error::invalid("resume_token", "RESUME_TOKEN_INVALID", message)
            })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (bytes, sum) = bytes.split_last_chunk::<4>()?;
        if checksum(bytes) != *sum {
            return None;
        }
        let (version, rest) = bytes.split_first()?;
        let (tenant, rest) = rest.split_first_chunk::<16>()?;
        let (filter, rest) = rest.split_first_chunk::<8>()?;
        let (position, rest) = rest.split_first_chunk::<8>()?;
        let (event_id, rest) = rest.split_first_chunk::<16>()?;
        let (shown, rest) = rest.as_chunks::<16>();
        let position = i64::from_be_bytes(*position);
        if *version != Self::VERSION || !rest.is_empty() || position < 0 {
            return None;
        }
        Some(Self {
            tenant: TenantId(Uuid::from_bytes(*tenant)),
            filter: *filter,
            mark: Mark { position, event_id: Uuid::from_bytes(*event_id) },
            shown: shown.iter().map(|id| Uuid::from_bytes(*id)).collect(),
        })
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|place| digest[place])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_token_survives_the_round_trip_and_fits(
            tenant: u128, filter: [u8; 8], position in 0..i64::MAX, event: u128,
            shown in proptest::collection::btree_set(any::<u128>(), 0..=UNNUMBERED),
        ) {
            let token = Token {
                tenant: TenantId(Uuid::from_u128(tenant)),
                filter,
                mark: Mark { position, event_id: Uuid::from_u128(event) },
                shown: shown.into_iter().map(Uuid::from_u128).collect(),
            };
            let text = token.write();
            prop_assert!(text.len() <= 4_096);
            prop_assert_eq!(Token::parse(&URL_SAFE_NO_PAD.decode(text).unwrap()), Some(token));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Token::parse(&bytes), None);
        }
    }
}
