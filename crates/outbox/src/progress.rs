//! How far a follower is: for readiness, for metrics, and for readers that wait until it has seen a write.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chassis::{Error, Result};
use opentelemetry::KeyValue;
use tokio::sync::watch;
use usher_proto::eventlog::v1::{ConsistencyToken, LocateEventResponse};

use crate::{
    Log, Settings,
    cursor::{Cursor, Place},
    metrics,
};

/// How soon an event that is committed and not numbered yet is looked for again.
const NUMBERED_SOON: Duration = Duration::from_millis(5);

/// A follower's standing, kept up to date by its lanes. Cheap to clone.
#[derive(Clone)]
pub struct Progress(Arc<Inner>);

struct Inner {
    consumer: &'static str,
    lanes: Mutex<BTreeMap<(&'static str, u16), Option<Standing>>>,
    moved: watch::Sender<()>,
    log: Arc<dyn Log>,
    far: i64,
}

/// How far one shard of one source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The source.
    pub source: &'static str,
    /// The shard.
    pub shard: u16,
    /// The last position that was applied.
    pub position: i64,
    /// The last position that is known to exist.
    pub head: i64,
    /// Why it does not go on.
    pub halted: Option<String>,
}

impl Standing {
    /// Events that were said and are not applied yet.
    pub fn lag(&self) -> i64 {
        (self.head - self.position).max(0)
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.lanes()).finish()
    }
}

impl Progress {
    pub(crate) fn new(
        consumer: &'static str,
        places: impl Iterator<Item = Place>,
        log: Arc<dyn Log>,
        settings: &Settings,
    ) -> Self {
        let lanes = places.map(|place| ((place.source, place.shard), None)).collect();
        let far = i64::try_from(settings.stream_max_len).unwrap_or(i64::MAX);
        Self(Arc::new(Inner { consumer, lanes: Mutex::new(lanes), moved: watch::Sender::new(()), log, far }))
    }

    /// Every shard of every source whose cursor has been read.
    pub fn lanes(&self) -> Vec<Standing> {
        self.locked().values().flatten().cloned().collect()
    }

    /// Events that were said and are not applied here yet.
    pub fn lag(&self) -> i64 {
        self.lanes().iter().map(Standing::lag).sum()
    }

    /// For readiness: `Err` says what has not begun, has halted, or is further behind than a stream is long.
    pub fn check(&self) -> Result<(), String> {
        let mut troubles = Vec::new();
        for ((source, shard), standing) in self.locked().iter() {
            match standing {
                None => troubles.push(format!("{source}.{shard} has not begun")),
                Some(Standing { halted: Some(why), .. }) => troubles.push(format!("{source}.{shard} halted: {why}")),
                Some(standing) if standing.lag() > self.0.far => {
                    troubles.push(format!("{source}.{shard} is {} events behind", standing.lag()));
                }
                Some(_) => {}
            }
        }
        if troubles.is_empty() {
            return Ok(());
        }
        Err(format!("consumer {}: {}", self.0.consumer, troubles.join("; ")))
    }

    /// Waits until the event that a token names has been applied here. A token of a source that is not followed asks
    /// for nothing: no write there changes what is read here.
    pub async fn wait_for(&self, token: &ConsistencyToken, patience: Duration) -> Result<()> {
        let late = || Error::unavailable("NOT_CAUGHT_UP", "this service has not yet seen the write that you name");
        tokio::time::timeout(patience, self.reach(token)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn reach(&self, token: &ConsistencyToken) -> Result<()> {
        let Some(source) = self.locked().keys().map(|(source, _)| *source).find(|source| *source == token.source)
        else {
            return Ok(());
        };
        let mut moved = self.0.moved.subscribe();
        let LocateEventResponse { shard, position } = self.locate(token).await?;
        let reached = |standing: &Standing| u32::from(standing.shard) == shard && standing.position >= position;
        while !self.lanes().iter().any(|standing| standing.source == source && reached(standing)) {
            // The sender lives as long as this.
            let _ = moved.changed().await;
        }
        Ok(())
    }

    async fn locate(&self, token: &ConsistencyToken) -> Result<LocateEventResponse> {
        loop {
            match self.0.log.locate(&token.source, &token.event_id).await {
                Err(error) if error.is_transient() => tokio::time::sleep(NUMBERED_SOON).await,
                outcome => return outcome,
            }
        }
    }

    /// Notes where a cursor stands.
    pub(crate) fn stands(&self, place: Place, cursor: &Cursor) {
        let Place { source, shard, .. } = place;
        let mut lanes = self.locked();
        let head = lanes.get(&(source, shard)).and_then(Option::as_ref).map_or(0, |standing| standing.head);
        let head = head.max(cursor.position);
        let standing = Standing { source, shard, position: cursor.position, head, halted: cursor.halted.clone() };
        self.measure(&standing);
        lanes.insert((source, shard), Some(standing));
        drop(lanes);
        self.0.moved.send_replace(());
    }

    /// Notes that an event of that position exists.
    pub(crate) fn heard_of(&self, place: Place, head: i64) {
        if let Some(Some(standing)) = self.locked().get_mut(&(place.source, place.shard)) {
            standing.head = standing.head.max(head);
            self.measure(standing);
        }
    }

    fn measure(&self, standing: &Standing) {
        let [consumer, source] = metrics::labels(self.0.consumer, standing.source);
        let labels = [consumer, source, KeyValue::new("shard", i64::from(standing.shard))];
        metrics::LAG.record(standing.lag(), &labels);
        metrics::HALTED.record(standing.halted.is_some().into(), &labels);
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<(&'static str, u16), Option<Standing>>> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
