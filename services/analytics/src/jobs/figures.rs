//! Which figures are counted in this process: those that serve, and those that are built beside them.
//!
//! ```text
//! nothing ──► serving ◄── takes over ── building ◄── a rebuild was asked for, or this program counts otherwise than
//!                │                                   the one whose figures serve
//!                └──► nobody's, emptied
//! ```
//! Each generation has a consumer of its own (`events::Hears`), which begins at the beginning of the logs. Figures of another
//! version serve as long as there are no others, and are written by programs of that version alone.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chassis::{Db, Result, service::RedisAccess};
use chrono::{DateTime, Utc};
use outbox::{Follower, Log, Progress};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    commands::generations,
    domain::{fact::VERSION, generation::Generation},
    events::Hears,
    store::{
        self,
        generations::{Standing, State},
    },
};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(500);
/// Figures that are no further behind than this are about to take over.
const NEAR: i64 = 20_000;
/// Taking over holds those that serve still, and what is left behind is in no hurry: seen to once in so many looks.
const NOW_AND_THEN: u32 = 4;
/// How often partitions for the time to come are seen to, in looks.
const PARTITIONS: u32 = 7_200;

/// What followers are made of.
#[derive(Clone)]
pub struct Ground {
    pub db: Db,
    pub redis: RedisAccess,
    pub log: Arc<dyn Log>,
    pub settings: outbox::Settings,
}

/// How the figures of this process stand. Cheap to clone.
#[derive(Clone, Default)]
pub struct Figures(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// `None` before the first look.
    serving: Option<Serving>,
}

#[derive(Clone)]
enum Serving {
    /// Counted here.
    Here(Progress),
    /// Counted by programs of another version.
    Elsewhere,
}

impl Figures {
    /// How far those are that serve, where this process counts them.
    pub fn serving(&self) -> Option<Progress> {
        match &self.locked().serving {
            Some(Serving::Here(progress)) => Some(progress.clone()),
            _ => None,
        }
    }

    /// For readiness.
    pub fn check(&self) -> Result<(), String> {
        match &self.locked().serving {
            None => Err("figures have not begun".to_owned()),
            Some(Serving::Here(progress)) => progress.check(),
            Some(Serving::Elsewhere) => Ok(()),
        }
    }

    fn serve(&self, serving: Serving) {
        self.locked().serving = Some(serving);
    }

    fn locked(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A follower at work.
struct Running {
    /// When its figures were begun: those that are begun anew under the same name are others.
    begin_time: DateTime<Utc>,
    stop: CancellationToken,
    task: JoinHandle<()>,
    progress: Progress,
}

/// Counts until stopped.
pub async fn run(ground: Ground, figures: Figures, stop: CancellationToken) {
    let mut running: BTreeMap<Generation, Running> = BTreeMap::new();
    let mut looks = 0;
    while !stop.is_cancelled() {
        if let Err(error) = look(&ground, &figures, &mut running, looks, &stop).await {
            tracing::warn!(%error, "which figures are to be counted can not be told; looking again");
        }
        looks = (looks + 1) % PARTITIONS;
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
    for (_, one) in running {
        end(one).await;
    }
}

async fn look(
    ground: &Ground,
    figures: &Figures,
    running: &mut BTreeMap<Generation, Running>,
    looks: u32,
    stop: &CancellationToken,
) -> Result<()> {
    let standing = generations::settle(&ground.db).await?;
    let ours = |one: &&Standing| one.version == VERSION;
    for generation in Generation::ALL {
        let wanted = standing.iter().filter(ours).find(|one| one.generation == generation);
        let is_other = |one: &Running| wanted.is_none_or(|wanted| wanted.begin_time != one.begin_time);
        if let Some(one) = running.extract_if(generation..=generation, |_, one| is_other(one)).next() {
            end(one.1).await;
        }
        if let Some(wanted) = wanted {
            running.entry(generation).or_insert_with(|| begin(ground, wanted, stop));
        }
    }
    tell(figures, &standing, running);
    if looks.is_multiple_of(NOW_AND_THEN) {
        generations::put_away(&ground.db).await?;
        if let Some(built) = standing.iter().filter(ours).find(|one| one.state == State::Building) {
            take_over(&ground.db, built.generation).await?;
        }
    }
    if looks == 0 {
        let mut tx = ground.db.begin_system().await?;
        store::generations::add_partitions(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Has figures serve that have caught up.
async fn take_over(db: &Db, built: Generation) -> Result<()> {
    let is_near = generations::behind(db, built).await?.is_some_and(|behind| behind <= NEAR);
    if is_near && !generations::take_over(db, built).await? {
        tracing::warn!(generation = built.number(), "figures that are counted anew have not caught up; they go on");
    }
    Ok(())
}

fn begin(ground: &Ground, wanted: &Standing, stop: &CancellationToken) -> Running {
    let Ground { db, redis, log, settings } = ground.clone();
    let follower = Follower::new(db, redis, log, Hears(wanted.generation), settings);
    let (progress, stop) = (follower.progress(), stop.child_token());
    Running { begin_time: wanted.begin_time, task: tokio::spawn(follower.run(stop.clone())), stop, progress }
}

async fn end(one: Running) {
    one.stop.cancel();
    // One that panicked has said so.
    let _ = one.task.await;
}

fn tell(figures: &Figures, standing: &[Standing], running: &BTreeMap<Generation, Running>) {
    let serving = standing.iter().find(|one| one.state == State::Serving);
    match serving.map(|one| running.get(&one.generation)) {
        Some(Some(one)) => figures.serve(Serving::Here(one.progress.clone())),
        Some(None) => figures.serve(Serving::Elsewhere),
        None => {}
    }
}
