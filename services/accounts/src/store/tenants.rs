//! The table `tenants`.

use chassis::{Error, OnConstraint as _, Result, SystemTx, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::accounts::v1::Plan;

use crate::domain::people::Tenant;

#[derive(FromRow)]
struct Row {
    tenant_id: TenantId,
    slug: String,
    display_name: String,
    plan: i16,
    time_zone: String,
    create_time: DateTime<Utc>,
}

pub async fn insert(tx: &mut TenantTx, tenant: &Tenant) -> Result<()> {
    sqlx::query(
        "INSERT INTO tenants (tenant_id, slug, display_name, plan, time_zone, create_time)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.id)
    .bind(&tenant.slug)
    .bind(&tenant.display_name)
    .bind(tenant.plan as i32)
    .bind(&tenant.time_zone)
    .bind(tenant.create_time)
    .execute(tx.conn())
    .await
    .on_constraint("tenants_slug", slug_taken)?;
    Ok(())
}

/// What an operator reads when a slug is taken.
pub fn slug_taken() -> Error {
    Error::already_exists("TENANT_SLUG_TAKEN", "another tenant has this slug")
}

/// Whose slug it is.
pub async fn by_slug(tx: &mut SystemTx, slug: &str) -> Result<Option<TenantId>> {
    Ok(sqlx::query_scalar("SELECT tenant_id FROM tenants WHERE slug = $1").bind(slug).fetch_optional(tx.conn()).await?)
}

/// The transaction's own tenant.
pub async fn own(tx: &mut TenantTx) -> Result<Tenant> {
    let id = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM tenants WHERE tenant_id = $1").bind(id).fetch_optional(tx.conn()).await?;
    let row = row.ok_or_else(|| Error::not_found("TENANT_NOT_FOUND", "your token's tenant does not exist"))?;
    Ok(Tenant {
        id: row.tenant_id,
        slug: row.slug,
        display_name: row.display_name,
        plan: Plan::try_from(i32::from(row.plan))
            .map_err(|error| Error::internal("a row holds an unknown plan", &error))?,
        time_zone: row.time_zone,
        create_time: row.create_time,
    })
}
