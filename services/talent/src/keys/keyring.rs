//! The tenants' keys, unwrapped as they are needed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use chassis::{Db, Error, Result, TenantCtx, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use super::{
    KEY, MasterKeys, TenantKey, Wrapped,
    tenant::{BLIND, FIRST},
};
use crate::store::tenant_keys::{self, Version};

/// A key that was read longer ago is read again: another process may have made a new version.
const FRESH: TimeDelta = TimeDelta::minutes(1);
/// From making a version to sealing with it; longer than a key is fresh.
const LEAD: TimeDelta = TimeDelta::minutes(2);

/// The tenants' keys. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keyring(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    master: MasterKeys,
    known: RwLock<HashMap<TenantId, Known>>,
}

#[derive(Clone)]
struct Known {
    key: TenantKey,
    versions: Arc<BTreeMap<i16, Zeroizing<Vec<u8>>>>,
    read_time: DateTime<Utc>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.key.fmt(f)
    }
}

impl Keyring {
    /// For a schema.
    pub fn new(db: Db, master: MasterKeys) -> Self {
        Self(Arc::new(Inner { db, master, known: RwLock::default() }))
    }

    /// The installation's keys.
    pub fn master(&self) -> &MasterKeys {
        &self.0.master
    }

    /// A tenant's key; the first to ask has it made. It has a transaction of its own and is asked for before another
    /// begins: so nothing is sealed with a key that may yet be rolled back, and nobody waits for a second connection.
    pub async fn key(&self, ctx: &TenantCtx) -> Result<TenantKey> {
        let now = self.0.db.clock().now();
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner).get(&ctx.tenant).cloned();
        match known {
            // A clock that is set back makes nothing fresh.
            Some(known) if (TimeDelta::zero()..FRESH).contains(&(now - known.read_time)) => Ok(known.key),
            known => self.read(ctx, known.map(|known| known.versions).unwrap_or_default(), now).await,
        }
    }

    /// As [`Self::key`], whatever is remembered.
    pub async fn fresh_key(&self, ctx: &TenantCtx) -> Result<TenantKey> {
        self.0.known.write().unwrap_or_else(PoisonError::into_inner).remove(&ctx.tenant);
        self.key(ctx).await
    }

    /// Reads a tenant's versions; those that are open already are not opened again.
    async fn read(
        &self,
        ctx: &TenantCtx,
        open: Arc<BTreeMap<i16, Zeroizing<Vec<u8>>>>,
        now: DateTime<Utc>,
    ) -> Result<TenantKey> {
        let stored = self.load_or_make(ctx).await?;
        let sealing = stored.iter().filter(|one| one.use_time <= now).map(|one| one.number).max().unwrap_or(FIRST);
        let mut versions = BTreeMap::new();
        for Version { number, wrapped, .. } in stored {
            let bytes = match open.get(&number) {
                Some(bytes) => bytes.clone(),
                None => self.0.master.unwrap(&wrapped, &context(ctx.tenant, number)).await?,
            };
            versions.insert(number, bytes);
        }
        let key = TenantKey::new(ctx.tenant, &versions, sealing)
            .ok_or_else(|| Error::internal("a tenant's key has lost a version", &ctx.tenant))?;
        let known = Known { key: key.clone(), versions: Arc::new(versions), read_time: now };
        self.0.known.write().unwrap_or_else(PoisonError::into_inner).insert(ctx.tenant, known);
        Ok(key)
    }

    async fn load_or_make(&self, ctx: &TenantCtx) -> Result<Vec<Version>> {
        let mut tx = self.0.db.begin(ctx).await?;
        let stored = tenant_keys::of(&mut tx).await?;
        if !stored.is_empty() {
            return Ok(stored);
        }
        drop(tx);
        let wrapped = self.fresh_version(ctx.tenant, FIRST).await?;
        let mut tx = self.0.db.begin(ctx).await?;
        // Whoever else makes it at the same time waits here, and then both read the one that came first.
        let now = tx.now();
        tenant_keys::insert(&mut tx, FIRST, &wrapped, now).await?;
        let stored = tenant_keys::of(&mut tx).await?;
        tx.commit().await?;
        Ok(stored)
    }

    /// The next version of a tenant's key, which seals from a little later on: its number, what is to be stored, and
    /// from when. With the key of the blind index, when that is not kept by itself yet.
    pub async fn next_version(&self, ctx: &TenantCtx) -> Result<(Vec<(i16, Wrapped)>, DateTime<Utc>)> {
        let key = self.fresh_key(ctx).await?;
        let mut made = Vec::new();
        let blind = self.0.master.wrap(key.blind_key(), &context(ctx.tenant, BLIND)).await?;
        made.push((BLIND, blind));
        let next = key.sealing().checked_add(1).ok_or_else(|| {
            Error::failed_precondition("KEY_VERSIONS_SPENT", "the key has been replaced as often as it can be")
        })?;
        made.push((next, self.fresh_version(ctx.tenant, next).await?));
        Ok((made, self.0.db.clock().now() + LEAD))
    }

    async fn fresh_version(&self, tenant: TenantId, version: i16) -> Result<Wrapped> {
        let fresh = Zeroizing::new(rand::random::<[u8; KEY]>());
        self.0.master.wrap(fresh.as_slice(), &context(tenant, version)).await
    }
}

/// What a wrapped key is bound to.
pub fn context(tenant: TenantId, version: i16) -> Vec<u8> {
    match version {
        // As it was before there were versions.
        FIRST => format!("tenant key|{tenant}"),
        version => format!("tenant key|{tenant}|{version}"),
    }
    .into_bytes()
}
