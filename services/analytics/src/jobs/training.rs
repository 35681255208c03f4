//! Models learn in the background: some time after it became known who came, so that a day of interviews is learned once.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx};
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::{commands, store};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);
/// Whoever has not trained a model within this has died.
const LEASE: TimeDelta = TimeDelta::minutes(30);

/// Trains until stopped.
pub async fn run(db: Db, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match one(&db).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a model could not be trained; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Trains one model that is due. Says whether there was one.
async fn one(db: &Db) -> Result<bool> {
    let mut tx = db.begin_system().await?;
    let Some((tenant, lease)) = store::risk::claim_due(&mut tx, LEASE).await? else { return Ok(false) };
    tx.commit().await?;
    let version = commands::train::run(db, &TenantCtx::service(tenant, "analytics"), lease).await?;
    tracing::info!(%tenant, version, "a no-show model was trained");
    Ok(true)
}
