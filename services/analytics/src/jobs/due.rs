//! What tenants have to do later is done in the background, one after the other.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{look, train},
    store::{self, due::Task},
};

/// How often it looks whether there is something to do.
const LOOK: Duration = Duration::from_secs(1);
/// Whoever is not through within this has died.
const LEASE: TimeDelta = TimeDelta::minutes(30);

/// Does such things until stopped.
pub async fn run(db: Db, task: Task, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match one(&db, task).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, ?task, "what was due could not be done; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Does one thing that is due. Says whether there was one.
async fn one(db: &Db, task: Task) -> Result<bool> {
    let mut tx = db.begin_system().await?;
    let Some((tenant, lease)) = store::due::claim(&mut tx, task, LEASE).await? else { return Ok(false) };
    tx.commit().await?;
    match task {
        Task::Train => {
            let version = train::run(db, &TenantCtx::service(tenant, "analytics"), lease).await?;
            tracing::info!(%tenant, version, "a no-show model was trained");
        }
        Task::Look => look_now(db, tenant, lease).await?,
    }
    Ok(true)
}

async fn look_now(db: &Db, tenant: TenantId, lease: DateTime<Utc>) -> Result<()> {
    let mut tx = db.begin(&TenantCtx::service(tenant, "analytics")).await?;
    let comparisons = look::run(&mut tx).await?;
    // Last: whoever hears something notes it there, and would wait for the pass.
    store::due::done(&mut tx, Task::Look, lease).await?;
    tx.commit().await?;
    tracing::info!(%tenant, comparisons, "insights were looked for");
    Ok(())
}
