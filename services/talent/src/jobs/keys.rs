//! Brings keys up to date: what another than the installation's present key has wrapped is wrapped anew, and what an old
//! version of a tenant's key has sealed is sealed anew. Any number of processes may do it at once.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx};
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::{
    keys::{Keyring, context, receipt},
    store::{contact_points, external, import_changes, receipt_keys, resumes, tenant_keys},
};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(60);
/// Keys that are wrapped anew in one round trip, and values that are sealed anew in one transaction.
const BATCH: i64 = 200;
/// Files that are sealed anew in one transaction; each may have 10 MiB.
const FILES: i64 = 4;
/// From when on a version is used until the ones before it may go. By then nobody remembers to seal with them.
const AFTERGLOW: TimeDelta = TimeDelta::minutes(5);

/// Until stopped.
pub async fn run(db: Db, keys: Keyring, stop: CancellationToken) {
    let mut rounds = db.clock().rounds(EVERY);
    while !stop.is_cancelled() {
        if let Err(error) = round(&db, &keys, &stop).await {
            tracing::warn!(%error, "keys could not be brought up to date; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn round(db: &Db, keys: &Keyring, stop: &CancellationToken) -> Result<()> {
    wrap_anew(db, keys).await?;
    wrap_receipt_keys(db, keys).await?;
    let tenants = tenant_keys::with_several(&mut db.begin_system().await?).await?;
    for tenant in tenants {
        if stop.is_cancelled() {
            return Ok(());
        }
        seal_anew(db, keys, &TenantCtx::service(tenant, "talent"), stop).await?;
    }
    Ok(())
}

async fn wrap_anew(db: &Db, keys: &Keyring) -> Result<()> {
    let master = keys.master();
    // What a service wraps with a new key of its own opens as it is; but its old key can go only then.
    let current = master.current().await?;
    loop {
        let others = tenant_keys::wrapped_by_others(&mut db.begin_system().await?, &current, BATCH).await?;
        if others.is_empty() {
            return Ok(());
        }
        let mut anew = Vec::with_capacity(others.len());
        for version in others {
            let place = context(version.tenant, version.number);
            let plain = match master.unwrap(&version.wrapped, &place).await {
                Ok(plain) => plain,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    tracing::error!(tenant = %version.tenant, %error, "a tenant's key does not open");
                    continue;
                }
            };
            let wrapped = master.wrap(&plain, &place).await?;
            if wrapped.master_key != current {
                // The service has changed its key meanwhile; the next round knows its name.
                return Ok(());
            }
            anew.push((version, wrapped));
        }
        if anew.is_empty() {
            return Ok(());
        }
        let mut tx = db.begin_system().await?;
        for (version, wrapped) in &anew {
            tenant_keys::rewrap(&mut tx, version, wrapped).await?;
        }
        tx.commit().await?;
        tracing::info!(keys = anew.len(), "tenants' keys are wrapped anew");
    }
}

/// As [`wrap_anew`], for the few keys that sign receipts.
async fn wrap_receipt_keys(db: &Db, keys: &Keyring) -> Result<()> {
    let master = keys.master();
    let current = master.current().await?;
    for key in receipt_keys::all(&mut db.begin_system().await?).await? {
        if key.wrapped.master_key == current {
            continue;
        }
        let place = receipt::context(key.number);
        let wrapped = master.wrap(&master.unwrap(&key.wrapped, &place).await?, &place).await?;
        let mut tx = db.begin_system().await?;
        receipt_keys::rewrap(&mut tx, &key, &wrapped).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn seal_anew(db: &Db, keys: &Keyring, ctx: &TenantCtx, stop: &CancellationToken) -> Result<()> {
    let key = keys.fresh_key(ctx).await?;
    while !stop.is_cancelled() {
        let mut tx = db.begin(ctx).await?;
        let points = contact_points::seal_anew(&mut tx, &key, BATCH).await?;
        let sightings = external::seal_anew(&mut tx, &key, BATCH).await?;
        let changes = import_changes::seal_anew(&mut tx, &key, BATCH).await?;
        if points + sightings + changes + resumes::seal_anew(&mut tx, &key, FILES).await? > 0 {
            tx.commit().await?;
            continue;
        }
        let now = tx.now();
        let versions = tenant_keys::of(&mut tx).await?;
        let settled = versions.iter().any(|one| one.number == key.sealing() && one.use_time + AFTERGLOW <= now);
        let used: Vec<i16> = tenant_keys::counts(&mut tx).await?.into_iter().map(|(version, _)| version).collect();
        let old = versions.iter().filter(|one| (1..key.sealing()).contains(&one.number) && !used.contains(&one.number));
        if settled {
            for one in old {
                tenant_keys::delete(&mut tx, one.number).await?;
                tracing::info!(tenant = %ctx.tenant, version = one.number, "an old version of a key is destroyed");
            }
            tx.commit().await?;
        }
        return Ok(());
    }
    Ok(())
}
