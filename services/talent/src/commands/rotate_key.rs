//! A tenant's key is replaced.

use chassis::{Error, Result, TenantTx};
use chrono::{DateTime, Utc};

use crate::{
    keys::Wrapped,
    store::tenant_keys::{self, Version},
};

/// Writes down what [`crate::keys::Keyring::next_version`] has made. The answer is the new version.
pub async fn run(tx: &mut TenantTx, made: Vec<(i16, Wrapped)>, use_time: DateTime<Utc>) -> Result<Version> {
    let rotating = || {
        let message = "the key is being replaced already; ListKeys shows when that is done";
        Error::failed_precondition("KEY_ROTATING", message)
    };
    let Some((next, _)) = made.last().map(|(version, wrapped)| (*version, wrapped)) else { return Err(rotating()) };
    if tenant_keys::of(tx).await?.iter().filter(|one| one.number > 0).count() > 1 {
        return Err(rotating());
    }
    let mut written = false;
    for (version, wrapped) in made {
        written = tenant_keys::insert(tx, version, &wrapped, use_time).await?;
    }
    let versions = tenant_keys::of(tx).await?;
    versions.into_iter().find(|one| one.number == next && written).ok_or_else(rotating)
}
