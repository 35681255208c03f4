//! The table `synonyms`: one row for each tenant that has some of its own.

use chassis::{Result, TenantTx};
use sqlx::types::Json;

/// The subject of the event that says that they changed.
pub const SUBJECT: &str = "synonyms";

/// A tenant's own synonyms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    pub groups: Vec<Vec<String>>,
    /// 0 when there have never been any.
    pub version: i64,
}

pub async fn get(tx: &mut TenantTx) -> Result<Own> {
    let tenant = tx.tenant();
    let row: Option<(Json<Vec<Vec<String>>>, i64)> =
        sqlx::query_as("SELECT groups, version FROM synonyms WHERE tenant_id = $1")
            .bind(tenant)
            .fetch_optional(tx.conn())
            .await?;
    Ok(row.map(|(Json(groups), version)| Own { groups, version }).unwrap_or_default())
}

/// Writes them over those of the version before. False when that is another one by now.
pub async fn put(tx: &mut TenantTx, own: &Own) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let written = sqlx::query(
        "INSERT INTO synonyms (tenant_id, groups, version, update_time) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id) DO UPDATE SET groups = excluded.groups, version = excluded.version,
            update_time = excluded.update_time
         WHERE synonyms.version = excluded.version - 1",
    )
    .bind(tenant)
    .bind(Json(&own.groups))
    .bind(own.version)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() > 0)
}
