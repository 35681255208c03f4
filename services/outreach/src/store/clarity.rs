//! The table `clarity_settings`: one document per tenant that has set something.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};

use crate::domain::clear::settings::Settings;

#[derive(FromRow)]
struct Row {
    content: Json<Settings>,
    version: i64,
    update_time: DateTime<Utc>,
    update_actor: String,
}

impl Row {
    fn settings(self) -> Settings {
        let Self { content, version, update_time, update_actor } = self;
        // A row of version 0 is held by somebody who has set nothing yet.
        Settings { version, update_time: (version > 0).then_some(update_time), update_actor, ..content.0 }
    }
}

pub async fn get(tx: &mut TenantTx) -> Result<Settings> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT content, version, update_time, update_actor FROM clarity_settings WHERE tenant_id = $1")
            .bind(tenant)
            .fetch_optional(tx.conn())
            .await?;
    Ok(row.map(Row::settings).unwrap_or_default())
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx) -> Result<Settings> {
    let (tenant, now) = (tx.tenant(), tx.now());
    // A row to hold on to, where nothing was set yet.
    sqlx::query(
        "INSERT INTO clarity_settings (tenant_id, content, version, update_time) VALUES ($1, '{}', 0, $2)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(now)
    .execute(tx.conn())
    .await?;
    let row: Row = sqlx::query_as(
        "SELECT content, version, update_time, update_actor FROM clarity_settings WHERE tenant_id = $1 FOR UPDATE",
    )
    .bind(tenant)
    .fetch_one(tx.conn())
    .await?;
    Ok(row.settings())
}

pub async fn update(tx: &mut TenantTx, settings: &Settings) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE clarity_settings SET content = $2, version = $3, update_time = $4, update_actor = $5 WHERE tenant_id = $1",
    )
    .bind(tenant)
    .bind(Json(settings))
    .bind(settings.version)
    .bind(settings.update_time)
    .bind(&settings.update_actor)
    .execute(tx.conn())
    .await?;
    Ok(())
}
