//! Reads.

use chassis::{
    Db, Error, Result, TenantId, TenantTx,
    wire::{Cursor, Page},
};
use secrecy::SecretString;

use crate::{
    domain::{
        api_key::{self, ApiKey},
        people::User,
    },
    store,
};

/// One page of users, and the token of the next.
pub async fn list_users(tx: &mut TenantTx, size: i32, token: &str) -> Result<(Vec<User>, String)> {
    let page = Page::of(size, 50, token)?;
    let users = store::users::list(tx, &page).await?;
    Ok(page.cut(users, |user| Cursor { time: user.create_time, id: user.id.0 }))
}

/// One page of keys, and the token of the next.
pub async fn list_api_keys(tx: &mut TenantTx, size: i32, token: &str) -> Result<(Vec<ApiKey>, String)> {
    let page = Page::of(size, 50, token)?;
    let keys = store::api_keys::list(tx, &page).await?;
    Ok(page.cut(keys, |key| Cursor { time: key.create_time, id: key.id.0 }))
}

/// Whom a presented secret speaks for.
pub async fn authenticate_api_key(db: &Db, secret: SecretString) -> Result<(TenantId, ApiKey)> {
    let mut tx = db.begin_system().await?;
    store::api_keys::find(&mut tx, &api_key::hash(&secret))
        .await?
        .ok_or_else(|| Error::unauthenticated("API_KEY_INVALID", "the API key is unknown, expired or revoked"))
}
