//! Undoes imports, piece by piece, and forgets what was before those that can not be undone any more. Any number of
//! processes may do it at once; what one has left when it stopped, another goes on with.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx, TenantId};
use tokio_util::sync::CancellationToken;

use crate::{
    commands,
    domain::imports::ImportId,
    keys::Keyring,
    store::{import_changes, imports},
};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(1);
/// Imports that are looked at in one round.
const MOST: i64 = 50;

/// Until stopped.
pub async fn run(db: Db, keys: Keyring, stop: CancellationToken) {
    let mut rounds = db.clock().rounds(EVERY);
    while !stop.is_cancelled() {
        if let Err(error) = round(&db, &keys, &stop).await {
            tracing::warn!(%error, "imports could not be undone or forgotten; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn round(db: &Db, keys: &Keyring, stop: &CancellationToken) -> Result<()> {
    let mut tx = db.begin_system().await?;
    let undoing = imports::undoing(&mut tx, MOST).await?;
    let old = imports::to_forget(&mut tx, MOST).await?;
    drop(tx);
    for (tenant, import) in undoing {
        // Whatever keeps one from being undone keeps no other.
        if let Err(error) = undo(db, keys, stop, tenant, import).await {
            tracing::warn!(%import, %error, "an import could not be undone further; the next round goes on");
        }
    }
    for (tenant, import) in old {
        let mut tx = db.begin(&TenantCtx::service(tenant, "talent")).await?;
        import_changes::forget_all(&mut tx, import).await?;
        imports::set_forgotten(&mut tx, import).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn undo(db: &Db, keys: &Keyring, stop: &CancellationToken, tenant: TenantId, import: ImportId) -> Result<()> {
    let ctx = TenantCtx::service(tenant, "talent");
    let mut is_more = true;
    while is_more && !stop.is_cancelled() {
        let key = keys.key(&ctx).await?;
        let mut tx = db.begin(&ctx).await?;
        is_more = commands::undo_import::go_on(&mut tx, &key, import).await?;
        tx.commit().await?;
    }
    Ok(())
}
