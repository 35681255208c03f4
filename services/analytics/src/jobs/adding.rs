//! What many events changed at once is added to the cells in the background.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx, TenantId};
use tokio_util::sync::CancellationToken;

use crate::{commands::change, domain::generation::Generation, store};

/// How often it looks whether there is something to add.
const LOOK: Duration = Duration::from_millis(200);

/// Adds until stopped.
pub async fn run(db: Db, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match all(&db).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "what waits could not be added to the counts; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Adds some of what waits, of each tenant. Says whether anything was added.
async fn all(db: &Db) -> Result<bool> {
    let mut tx = db.begin_system().await?;
    let waiting = store::changes::all(&mut tx).await?;
    drop(tx);
    let mut has_added = false;
    for (tenant, generation) in waiting {
        match one(db, tenant, generation).await {
            Ok(added) => has_added |= added,
            Err(error) => {
                tracing::warn!(%tenant, %error, "what waits of a tenant could not be added to the counts; trying again");
            }
        }
    }
    Ok(has_added)
}

async fn one(db: &Db, tenant: TenantId, generation: Generation) -> Result<bool> {
    let mut tx = db.begin(&TenantCtx::service(tenant, "analytics")).await?;
    let has_added = change::add_waiting(&mut tx, generation).await?;
    tx.commit().await?;
    Ok(has_added)
}
