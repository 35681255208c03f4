//! This process's index: opened or built, and kept up with the service's own log.
//!
//! Every replica has an index of its own and shares nothing with the others. What it holds follows from PostgreSQL alone:
//! an event says *who* has changed, and the person is read anew, so it does no harm to hear of a change twice or late. The
//! index remembers with each commit how far in the log it has come ([`place`]), and goes on from there after a restart
//! ([`follow`]). When there is none, or one of another version, or the log does not reach back to where it was, it is built
//! from PostgreSQL ([`build`]); the old one, when it can still be read, serves meanwhile. An operator can ask for that as
//! well ([`renew`]).
//!
//! A search never waits for any of it, unless it asks for a write that it must see ([`Replica::index_at`]).

mod apart;
mod build;
mod follow;
mod people;
mod place;
mod renew;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chassis::{Db, Error, Result, TenantCtx, TenantId};
use outbox::{Progress, Tap, tap::PLACE_UNKNOWN};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use usher_proto::eventlog::v1::ConsistencyToken;

use self::{apart::apart, place::Place};
use crate::{
    domain::synonyms::Synonyms,
    index::{self, Index},
    keys::Keyring,
    store,
};

/// The longest that a search waits for a write that it must see.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before anything that failed is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Before it is asked again whether an event has a number.
const NUMBERED_SOON: Duration = Duration::from_millis(2);

/// The index of this process. Cheap to clone.
#[derive(Clone)]
pub struct Replica(Arc<Inner>);

struct Inner {
    db: Db,
    keys: Keyring,
    tap: Tap,
    progress: Progress,
    folder: PathBuf,
    /// `None` until the first one is there.
    serving: watch::Sender<Option<Arc<Serving>>>,
    /// Each with its version.
    synonyms: RwLock<HashMap<TenantId, (i64, Arc<Synonyms>)>>,
}

/// An index, and how far it has come. When another takes its place, nobody moves this one on.
struct Serving {
    index: Arc<Index>,
    reached: watch::Sender<Place>,
}

impl Serving {
    /// As far as it has come on the disk.
    fn of(index: Arc<Index>) -> Arc<Self> {
        let place = Place::read(&index.payload());
        Arc::new(Self { index, reached: watch::Sender::new(place) })
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replica({})", self.0.folder.display())
    }
}

impl Replica {
    /// In a folder of its own, which is made when there is none.
    pub fn new(db: Db, keys: Keyring, tap: Tap, progress: Progress, folder: PathBuf) -> Self {
        let serving = watch::Sender::new(None);
        Self(Arc::new(Inner { db, keys, tap, progress, folder, serving, synonyms: RwLock::default() }))
    }

    /// The index that serves now. Errors: `UNAVAILABLE` (`INDEX_BUILDING`) while the first one is being built.
    pub fn index(&self) -> Result<Arc<Index>> {
        self.0.serving.borrow().as_ref().map(|serving| serving.index.clone()).ok_or_else(|| {
            Error::unavailable(
                "INDEX_BUILDING",
                "the first index of this process is being built; try again in a moment",
            )
        })
    }

    /// Whether there is an index, for readiness.
    pub fn check(&self) -> Result<(), String> {
        self.index().map(drop).map_err(|_| "talent's first index is being built".to_owned())
    }

    /// The index, once it has seen the write that a token names. Errors besides: `UNAVAILABLE` (`INDEX_BEHIND`).
    pub async fn index_at(&self, token: &ConsistencyToken) -> Result<Arc<Index>> {
        self.index()?;
        tokio::time::timeout(PATIENCE, self.reach(token)).await.unwrap_or_else(|_| Err(late()))
    }

    /// The index, once it has seen everything that the service has said until now. Errors: as [`Self::index_at`].
    pub async fn index_now(&self) -> Result<Arc<Index>> {
        self.index()?;
        let seen = async { self.arrive(self.heads().await?).await };
        tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| Err(late()))
    }

    async fn reach(&self, token: &ConsistencyToken) -> Result<Arc<Index>> {
        let wanted = if token.source == self.0.db.schema() {
            vec![self.locate(&token.event_id).await?]
        } else {
            // What another service has said takes effect here first, and then in the index.
            self.0.progress.wait_for(token, PATIENCE).await?;
            self.heads().await?
        };
        self.arrive(wanted).await
    }

    /// Where each shard of the log ends.
    async fn heads(&self) -> Result<Vec<(u16, i64)>> {
        Ok(self.0.tap.heads().await?.into_iter().map(|(shard, mark)| (shard, mark.position)).collect())
    }

    /// The index, once it has come so far in these shards.
    async fn arrive(&self, wanted: Vec<(u16, i64)>) -> Result<Arc<Index>> {
        let has_come = |place: &Place| wanted.iter().all(|(shard, position)| place.position(*shard) >= *position);
        let mut servings = self.0.serving.subscribe();
        loop {
            let serving = servings.borrow_and_update().clone();
            let arrival = async {
                match &serving {
                    Some(serving) => serving.reached.subscribe().wait_for(has_come).await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = arrival => if let Some(serving) = serving { return Ok(serving.index.clone()) },
                // Another index has taken the place of that one; the sender lives as long as this.
                _ = servings.changed() => {}
            }
        }
    }

    async fn locate(&self, event_id: &str) -> Result<(u16, i64)> {
        loop {
            match self.0.tap.locate(event_id).await {
                Err(error) if error.is_transient() => tokio::time::sleep(NUMBERED_SOON).await,
                outcome => return outcome,
            }
        }
    }

    /// What means the same for a tenant. It is read once and again when it has changed, which the index hears of.
    pub async fn synonyms(&self, ctx: &TenantCtx) -> Result<Arc<Synonyms>> {
        let known = self.0.synonyms.read().unwrap_or_else(PoisonError::into_inner).get(&ctx.tenant).cloned();
        match known {
            Some((_, known)) => Ok(known),
            None => self.read_synonyms(ctx).await,
        }
    }

    async fn read_synonyms(&self, ctx: &TenantCtx) -> Result<Arc<Synonyms>> {
        let mut tx = self.0.db.begin(ctx).await?;
        let own = store::synonyms::get(&mut tx).await?;
        let read = (own.version, Arc::new(Synonyms::with(&own.groups)));
        let mut known = self.0.synonyms.write().unwrap_or_else(PoisonError::into_inner);
        let newest = known.entry(ctx.tenant).or_insert_with(|| read.clone());
        // Somebody who began to read later may have been quicker.
        if newest.0 < read.0 {
            *newest = read;
        }
        Ok(newest.1.clone())
    }

    /// Opens or builds the index and keeps it up, until stopped.
    pub async fn run(self, stop: CancellationToken) {
        let mut must_build = false;
        while !stop.is_cancelled() {
            let Err(error) = self.keep_up(&mut must_build, &stop).await else { return };
            if stop.is_cancelled() {
                return;
            }
            tracing::warn!(%error, must_build, "the index could not be kept up; it is tried again");
            pause(&stop).await;
        }
    }

    /// Follows with the index that there is, and begins with one where there is none or it is not to be relied on.
    async fn keep_up(&self, must_build: &mut bool, stop: &CancellationToken) -> Result<()> {
        let standing = self.0.serving.borrow().clone().filter(|_| !*must_build);
        let mut serving = match standing {
            Some(serving) => serving,
            None => self.begin(*must_build, stop).await?,
        };
        *must_build = false;
        let outcome = self.follow(&mut serving, stop).await;
        if let Err(error) = &outcome {
            let is_another_life = error.reason() == PLACE_UNKNOWN;
            if is_another_life {
                // What it has reached says nothing any more about the log that there is now.
                serving.reached.send_replace(Place::default());
            }
            let index = serving.index.clone();
            *must_build = is_another_life || apart(move || Ok(index.has_failed())).await?;
        }
        outcome
    }

    /// Keeps an index up, and any that takes its place.
    async fn follow(&self, serving: &mut Arc<Serving>, stop: &CancellationToken) -> Result<()> {
        while let Some(next) = renew::follow_until_succeeded(self, serving, stop).await? {
            self.take_over(&next).await;
            *serving = next;
        }
        Ok(())
    }

    /// Opens or builds an index, which serves from now on. One that is to be built anew serves until then.
    async fn begin(&self, must_build: bool, stop: &CancellationToken) -> Result<Arc<Serving>> {
        let opened = if must_build { None } else { build::open(&self.0.folder).await? };
        let index = match opened {
            Some(index) => index,
            None => build::build(self, stop).await?,
        };
        let serving = Serving::of(index);
        self.take_over(&serving).await;
        Ok(serving)
    }

    /// Has an index serve from now on, in the place of any other.
    async fn take_over(&self, serving: &Arc<Serving>) {
        // They may have changed in a part of the log that nobody has followed.
        self.0.synonyms.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.serving.send_replace(Some(serving.clone()));
        let rebuild = serving.reached.borrow().rebuild();
        tracing::info!(rebuild, "an index serves");
        if let Err(error) = build::remove_others(&self.0.folder, &serving.index).await {
            tracing::warn!(%error, "an old index could not be removed; it will be when one is opened");
        }
    }
}

/// Waits before something that failed is tried again, unless stopped.
async fn pause(stop: &CancellationToken) {
    stop.run_until_cancelled(tokio::time::sleep(RETRY)).await;
}

fn late() -> Error {
    let message = "the index has not yet seen the write that must be seen; try again in a moment";
    Error::unavailable("INDEX_BEHIND", message)
}

/// Errors of the index, which are nobody's fault who asks.
fn broken(error: &index::Error) -> Error {
    Error::internal("the index failed", error)
}
