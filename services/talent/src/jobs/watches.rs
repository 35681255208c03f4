//! Watches of saved searches: they are begun, and whoever is new or has changed is held against them. Any number of
//! processes may do it at once.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{begin_watch, hold_against},
    keys::Keyring,
    queries::sight::Sight,
    replica::Replica,
    store::watches,
};

/// Between two rounds.
const EVERY: Duration = Duration::from_millis(500);

/// Until stopped.
pub async fn run(db: Db, keys: Keyring, replica: Replica, stop: CancellationToken) {
    let mut rounds = db.clock().rounds(EVERY);
    while !stop.is_cancelled() {
        if let Err(error) = round(&db, &keys, &replica, &stop).await {
            tracing::warn!(%error, "saved searches could not be looked at; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn round(db: &Db, keys: &Keyring, replica: &Replica, stop: &CancellationToken) -> Result<()> {
    let tenants = watches::tenants(&mut db.begin_system().await?).await?;
    for tenant in tenants {
        if stop.is_cancelled() {
            return Ok(());
        }
        let ctx = TenantCtx::service(tenant, "talent");
        // What is wrong with one tenant's keeps no other waiting.
        if let Err(error) = look(db, keys, replica, &ctx, stop).await {
            tracing::warn!(tenant = %tenant, %error, "a tenant's saved searches could not be looked at");
        }
    }
    Ok(())
}

async fn look(db: &Db, keys: &Keyring, replica: &Replica, ctx: &TenantCtx, stop: &CancellationToken) -> Result<()> {
    let synonyms = replica.synonyms(ctx).await?;
    let beginning = watches::to_begin(&mut db.begin(ctx).await?).await?;
    for id in beginning {
        let sight = Sight { tenant: ctx.tenant, index: replica.index_now().await?, synonyms: synonyms.clone() };
        let mut tx = db.begin(ctx).await?;
        begin_watch::run(&mut tx, &sight, id).await?;
        tx.commit().await?;
    }
    let key = keys.key(ctx).await?;
    while !stop.is_cancelled() {
        let mut tx = db.begin(ctx).await?;
        if hold_against::run(&mut tx, &key, &synonyms).await? == 0 {
            break;
        }
        tx.commit().await?;
    }
    Ok(())
}
