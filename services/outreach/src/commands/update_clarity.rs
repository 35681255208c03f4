//! A tenant says how grave the linter's rules are to it.

use chassis::{Result, TenantTx, wire};

use crate::{
    domain::clear::settings::{Settings, Wish, check},
    store,
};

/// Errors: as `UpdateClaritySettings`.
pub async fn run(tx: &mut TenantTx, wishes: Vec<Wish>, etag: &str) -> Result<Settings> {
    check(&wishes)?;
    let before = store::clarity::lock(tx).await?;
    wire::check_etag(etag, before.version)?;
    let settings = Settings {
        wishes,
        version: before.version + 1,
        update_time: Some(tx.now()),
        update_actor: tx.ctx().actor.as_str().to_owned(),
    };
    store::clarity::update(tx, &settings).await?;
    Ok(settings)
}
