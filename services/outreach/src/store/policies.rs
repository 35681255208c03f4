//! The table `contact_policies`: one document per tenant that has set something.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};

use crate::domain::gate::policy::Policy;

#[derive(FromRow)]
struct Row {
    content: Json<Policy>,
    version: i64,
    update_time: DateTime<Utc>,
}

impl Row {
    fn policy(self) -> Policy {
        Policy { version: self.version, update_time: Some(self.update_time), ..self.content.0 }
    }
}

pub async fn get(tx: &mut TenantTx) -> Result<Policy> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT content, version, update_time FROM contact_policies WHERE tenant_id = $1")
            .bind(tenant)
            .fetch_optional(tx.conn())
            .await?;
    Ok(row.map(Row::policy).unwrap_or_default())
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx) -> Result<Policy> {
    let (tenant, now) = (tx.tenant(), tx.now());
    // A row to hold on to, where nothing was set yet; it is of version 0, as if it were not there.
    sqlx::query(
        "INSERT INTO contact_policies (tenant_id, content, version, update_time) VALUES ($1, '{}', 0, $2)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(now)
    .execute(tx.conn())
    .await?;
    let row: Row =
        sqlx::query_as("SELECT content, version, update_time FROM contact_policies WHERE tenant_id = $1 FOR UPDATE")
            .bind(tenant)
            .fetch_one(tx.conn())
            .await?;
    Ok(row.policy())
}

pub async fn update(tx: &mut TenantTx, policy: &Policy) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("UPDATE contact_policies SET content = $2, version = $3, update_time = $4 WHERE tenant_id = $1")
        .bind(tenant)
        .bind(Json(policy))
        .bind(policy.version)
        .bind(policy.update_time)
        .execute(tx.conn())
        .await?;
    Ok(())
}
