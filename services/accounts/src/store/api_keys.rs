//! The table `api_keys`.

use chassis::{Error, Result, SystemTx, TenantId, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{number, role};
use crate::domain::api_key::{ApiKey, ApiKeyId};

#[derive(FromRow)]
struct Row {
    api_key_id: ApiKeyId,
    display_name: String,
    role: i16,
    create_time: DateTime<Utc>,
    expire_time: DateTime<Utc>,
    revoke_time: Option<DateTime<Utc>>,
}

impl Row {
    fn api_key(self) -> Result<ApiKey> {
        Ok(ApiKey {
            id: self.api_key_id,
            display_name: self.display_name,
            role: role(self.role)?,
            create_time: self.create_time,
            expire_time: self.expire_time,
            revoke_time: self.revoke_time,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, key: &ApiKey, secret_hash: &[u8; 32]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO api_keys (tenant_id, api_key_id, display_name, role, secret_hash, create_time, expire_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant)
    .bind(key.id)
    .bind(&key.display_name)
    .bind(number(key.role))
    .bind(secret_hash.as_slice())
    .bind(key.create_time)
    .bind(key.expire_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a key now, unless it has ended.
pub async fn revoke(tx: &mut TenantTx, id: ApiKeyId) -> Result<ApiKey> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let row: Option<Row> = sqlx::query_as(
        "UPDATE api_keys SET revoke_time = coalesce(revoke_time, $3)
         WHERE tenant_id = $1 AND api_key_id = $2 RETURNING *",
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(|| Error::not_found("API_KEY_NOT_FOUND", "there is no such key"))?.api_key()
}

pub async fn list(tx: &mut TenantTx, page: &Page) -> Result<Vec<ApiKey>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM api_keys
         WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (create_time, api_key_id) > ($2, $3))
         ORDER BY create_time, api_key_id LIMIT $4",
    )
    .bind(tenant)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::api_key).collect()
}

/// The living key with this hash, in whatever tenant.
pub async fn find(tx: &mut SystemTx, secret_hash: &[u8; 32]) -> Result<Option<(TenantId, ApiKey)>> {
    #[derive(FromRow)]
    struct Found {
        tenant_id: TenantId,
        #[sqlx(flatten)]
        key: Row,
    }
    let now = tx.now();
    let found: Option<Found> =
        sqlx::query_as("SELECT * FROM api_keys WHERE secret_hash = $1 AND revoke_time IS NULL AND expire_time > $2")
            .bind(secret_hash.as_slice())
            .bind(now)
            .fetch_optional(tx.conn())
            .await?;
    found.map(|found| Ok((found.tenant_id, found.key.api_key()?))).transpose()
}
