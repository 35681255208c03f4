//! Undoes imports of past interviews, piece by piece. Any number of processes may do it at once; what one has left when it
//! stopped, another goes on with.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx};
use tokio_util::sync::CancellationToken;

use crate::{commands::undo_history, domain::history_import::ImportId, store::history_imports};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(1);
/// Imports that are looked at in one round.
const MOST: i64 = 50;

/// Until stopped.
pub async fn undo(db: Db, stop: CancellationToken) {
    let mut rounds = db.clock().rounds(EVERY);
    while !stop.is_cancelled() {
        if let Err(error) = round(&db, &stop).await {
            tracing::warn!(%error, "imports of past interviews could not be undone; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn round(db: &Db, stop: &CancellationToken) -> Result<()> {
    let mut system = db.begin_system().await?;
    let undoing = history_imports::undoing(&mut system, MOST).await?;
    drop(system);
    for (tenant, import) in undoing {
        // Whatever keeps one from being undone keeps no other.
        if let Err(error) = undo_one(db, &TenantCtx::service(tenant, "ats"), import, stop).await {
            tracing::warn!(%import, %error, "past interviews could not be undone further; the next round goes on");
        }
    }
    Ok(())
}

async fn undo_one(db: &Db, ctx: &TenantCtx, import: ImportId, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() && go_on(db, ctx, import).await? {}
    Ok(())
}

/// A piece of the work. Whether there may be more of it.
async fn go_on(db: &Db, ctx: &TenantCtx, import: ImportId) -> Result<bool> {
    let mut tx = db.begin(ctx).await?;
    let is_more = undo_history::go_on(&mut tx, import).await?;
    tx.commit().await?;
    Ok(is_more)
}
