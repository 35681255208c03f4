//! Looks at people at whom nobody has looked for duplicates: those who came before there was such a thing. Whoever comes or
//! changes later is looked at as it happens. Any number of processes may do it at once, and one that is stopped goes on
//! where it was: whoever was looked at has keys.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::find_duplicates,
    store::{identity_keys, tenant_keys},
};

/// Between two rounds. There is something to do in the first one only, unless somebody could not be looked at.
const EVERY: Duration = Duration::from_hours(6);
/// People who are looked at in one transaction.
const BATCH: i64 = 50;

/// Until stopped.
pub async fn run(db: Db, stop: CancellationToken) {
    let mut rounds = db.clock().rounds(EVERY);
    while !stop.is_cancelled() {
        if let Err(error) = round(&db, &stop).await {
            tracing::warn!(%error, "not everybody was looked at for duplicates; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn round(db: &Db, stop: &CancellationToken) -> Result<()> {
    let tenants = tenant_keys::tenants(&mut db.begin_system().await?).await?;
    for tenant in tenants {
        sweep(db, &TenantCtx::service(tenant, "talent"), stop).await?;
    }
    Ok(())
}

async fn sweep(db: &Db, ctx: &TenantCtx, stop: &CancellationToken) -> Result<()> {
    let mut after = None;
    while !stop.is_cancelled() {
        let mut tx = db.begin(ctx).await?;
        let unseen = identity_keys::unseen(&mut tx, after, BATCH).await?;
        let Some(last) = unseen.last() else { return Ok(()) };
        after = Some(*last);
        find_duplicates::run(&mut tx, &unseen.into_iter().collect()).await?;
        tx.commit().await?;
    }
    Ok(())
}
