//! Figures begin, take over, and are put away.

use std::time::Duration;

use chassis::{Db, Result, db::SystemTx};

use crate::{
    domain::{fact::VERSION, generation::Generation},
    store::generations::{self, Standing, State},
};

/// So long the figures that serve are held still for those that replace them to catch up.
const STILL: Duration = Duration::from_millis(500);
/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(20);

/// Begins what is missing: figures that serve where there are none, and figures of this program's version where those that serve
/// are of an earlier one. Says which there are.
pub async fn settle(db: &Db) -> Result<Vec<Standing>> {
    let mut tx = db.begin_system().await?;
    let found = generations::all(&mut tx).await?;
    if !is_wanting(&found) {
        return Ok(found);
    }
    generations::lock_all(&mut tx).await?;
    let found = generations::all(&mut tx).await?;
    match serving(&found) {
        None => generations::begin(&mut tx, Generation::First, State::Serving).await?,
        Some(_) if is_wanting(&found) => build_beside(&mut tx, &found).await?,
        Some(_) => {}
    }
    let settled = generations::all(&mut tx).await?;
    tx.commit().await?;
    Ok(settled)
}

fn serving(found: &[Standing]) -> Option<&Standing> {
    found.iter().find(|one| one.state == State::Serving)
}

fn is_wanting(found: &[Standing]) -> bool {
    serving(found).is_none_or(|one| one.version < VERSION) && found.iter().all(|one| one.version < VERSION)
}

/// Asks for everything to be counted anew from the logs; what serves goes on serving meanwhile. Says whether that had been asked
/// for before and is at work.
pub async fn rebuild(db: &Db) -> Result<bool> {
    let mut tx = db.begin_system().await?;
    generations::lock_all(&mut tx).await?;
    let found = generations::all(&mut tx).await?;
    let is_building = found.iter().any(|one| one.state == State::Building && one.version == VERSION);
    match serving(&found) {
        _ if is_building => return Ok(true),
        None => generations::begin(&mut tx, Generation::First, State::Serving).await?,
        Some(_) => build_beside(&mut tx, &found).await?,
    }
    tx.commit().await?;
    Ok(false)
}

/// Begins figures beside those that serve, in the place of any that were being built.
async fn build_beside(tx: &mut SystemTx, found: &[Standing]) -> Result<()> {
    let Some(serving) = serving(found) else { return Ok(()) };
    let other = serving.generation.other();
    // In the order in which whoever counts takes them.
    generations::hold_still(tx, other).await?;
    generations::end(tx, other).await?;
    generations::clear(tx, other).await?;
    generations::begin(tx, other, State::Building).await
}

/// Has figures serve that have caught up with those that do. Both may be told something all the time, so those that serve are
/// held still for a moment. Says whether they took over.
pub async fn take_over(db: &Db, built: Generation) -> Result<bool> {
    let mut tx = db.begin_system().await?;
    generations::lock_all(&mut tx).await?;
    let found = generations::all(&mut tx).await?;
    let is_built = found.iter().any(|one| one.generation == built && one.state == State::Building);
    let Some(serving) = serving(&found).filter(|_| is_built).map(|one| one.generation) else { return Ok(false) };
    generations::hold_still(&mut tx, serving).await?;
    let mut looked = Duration::ZERO;
    while generations::behind(&mut tx, built, serving).await? != Some(0) {
        if looked >= STILL {
            return Ok(false);
        }
        tokio::time::sleep(LOOK).await;
        looked += LOOK;
    }
    generations::end(&mut tx, serving).await?;
    generations::serve(&mut tx, built).await?;
    tx.commit().await?;
    tracing::info!(generation = built.number(), "figures that were counted anew serve from now on");
    Ok(true)
}

/// Empties what is nobody's any more, once nobody here writes it.
pub async fn put_away(db: &Db) -> Result<()> {
    let mut tx = db.begin_system().await?;
    if generations::left_behind(&mut tx).await?.is_empty() {
        return Ok(());
    }
    generations::lock_all(&mut tx).await?;
    for generation in generations::left_behind(&mut tx).await? {
        generations::clear(&mut tx, generation).await?;
    }
    tx.commit().await
}

/// How far figures that are being built are behind those that serve; `None` when they have not begun everywhere.
pub async fn behind(db: &Db, built: Generation) -> Result<Option<i64>> {
    let mut tx = db.begin_system().await?;
    generations::behind(&mut tx, built, built.other()).await
}
