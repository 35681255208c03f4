//! The table `tenant_keys`.

use chassis::{Result, SystemTx, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, Row as _, postgres::PgRow};

use crate::keys::Wrapped;

/// One version of a tenant's key.
#[derive(Debug)]
pub struct Version {
    pub tenant: TenantId,
    pub number: i16,
    pub wrapped: Wrapped,
    /// From when on new values are sealed with it.
    pub use_time: DateTime<Utc>,
    pub create_time: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for Version {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            tenant: row.try_get("tenant_id")?,
            number: row.try_get("version")?,
            wrapped: Wrapped { master_key: row.try_get("master_key")?, bytes: row.try_get("wrapped_key")? },
            use_time: row.try_get("used_from")?,
            create_time: row.try_get("create_time")?,
        })
    }
}

/// Reads versions. A version from before there were any has been used since ever, which is no time that a program knows.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT tenant_id, version, wrapped_key, master_key, create_time,
                greatest(use_time, 'epoch'::timestamptz) AS used_from
             FROM tenant_keys ",
            $condition
        )
    };
}

/// The versions of the tenant's key.
pub async fn of(tx: &mut TenantTx) -> Result<Vec<Version>> {
    let tenant = tx.tenant();
    let versions =
        sqlx::query_as(select!("WHERE tenant_id = $1 ORDER BY version")).bind(tenant).fetch_all(tx.conn()).await?;
    Ok(versions)
}

/// Writes a version down; one that is there stays as it is. Whether it was written.
pub async fn insert(tx: &mut TenantTx, version: i16, wrapped: &Wrapped, use_time: DateTime<Utc>) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let written = sqlx::query(
        "INSERT INTO tenant_keys (tenant_id, version, wrapped_key, master_key, use_time, create_time)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(version)
    .bind(&wrapped.bytes)
    .bind(&wrapped.master_key)
    .bind(use_time)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() > 0)
}

/// Forgets a version that no value needs; the database refuses to forget another one.
pub async fn delete(tx: &mut TenantTx, version: i16) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM tenant_keys WHERE tenant_id = $1 AND version = $2")
        .bind(tenant)
        .bind(version)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Versions of all tenants that another key than this one has wrapped.
pub async fn wrapped_by_others(tx: &mut SystemTx, master_key: &str, limit: i64) -> Result<Vec<Version>> {
    let versions = sqlx::query_as(select!("WHERE master_key <> $1 ORDER BY tenant_id, version LIMIT $2"))
        .bind(master_key)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?;
    Ok(versions)
}

/// Puts what is wrapped anew in the place of what it was made from.
pub async fn rewrap(tx: &mut SystemTx, from: &Version, to: &Wrapped) -> Result<()> {
    sqlx::query(
        "UPDATE tenant_keys SET wrapped_key = $4, master_key = $5
         WHERE tenant_id = $1 AND version = $2 AND wrapped_key = $3",
    )
    .bind(from.tenant)
    .bind(from.number)
    .bind(&from.wrapped.bytes)
    .bind(&to.bytes)
    .bind(&to.master_key)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every tenant that has a key, which is every one that has anybody.
pub async fn tenants(tx: &mut SystemTx) -> Result<Vec<TenantId>> {
    let tenants = sqlx::query_scalar("SELECT DISTINCT tenant_id FROM tenant_keys ORDER BY tenant_id")
        .fetch_all(tx.conn())
        .await?;
    Ok(tenants)
}

/// Tenants whose key has several versions that seal.
pub async fn with_several(tx: &mut SystemTx) -> Result<Vec<TenantId>> {
    let tenants = sqlx::query_scalar(
        "SELECT tenant_id FROM tenant_keys WHERE version > 0 GROUP BY tenant_id HAVING count(*) > 1 ORDER BY tenant_id",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(tenants)
}

/// How many values each version of the tenant's key has sealed.
pub async fn counts(tx: &mut TenantTx) -> Result<Vec<(i16, i64)>> {
    let tenant = tx.tenant();
    let counts = sqlx::query_as(
        "SELECT key_version, count(*) FROM (
             SELECT key_version FROM contact_points WHERE tenant_id = $1
             UNION ALL SELECT key_version FROM resumes WHERE tenant_id = $1
             UNION ALL SELECT key_version FROM external_activities WHERE tenant_id = $1
             UNION ALL SELECT key_version FROM import_changes WHERE tenant_id = $1
         ) AS sealed GROUP BY 1",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await?;
    Ok(counts)
}
