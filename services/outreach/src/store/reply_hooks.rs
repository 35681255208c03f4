//! The table `reply_hooks`.

use chassis::{Error, Result, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::reply::hook::{Hook, HookId};

#[derive(FromRow)]
struct Row {
    hook_id: HookId,
    display_name: String,
    create_time: DateTime<Utc>,
}

fn context(tenant: TenantId, id: HookId) -> String {
    format!("outreach: the secret of {id} of {tenant}")
}

/// Opens a hook.
pub async fn insert(tx: &mut TenantTx, hook: &Hook, secret: &str) -> Result<()> {
    let tenant = tx.tenant();
    let sealed = tx.vault().seal(secret.as_bytes(), context(tenant, hook.id).as_bytes())?;
    sqlx::query(
        "INSERT INTO reply_hooks (tenant_id, hook_id, display_name, secret, create_time) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(tenant)
    .bind(hook.id)
    .bind(&hook.display_name)
    .bind(sealed)
    .bind(hook.create_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The secret of a hook that is open.
pub async fn secret(tx: &mut TenantTx, id: HookId) -> Result<Option<String>> {
    let tenant = tx.tenant();
    let sealed: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT secret FROM reply_hooks WHERE tenant_id = $1 AND hook_id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let opened = tx.vault().open(&sealed, context(tenant, id).as_bytes())?;
    let text = String::from_utf8(opened);
    text.map(Some).map_err(|error| Error::internal("a sealed text is none", &error.utf8_error()))
}

/// All that are open, oldest first.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<Hook>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT hook_id, display_name, create_time FROM reply_hooks WHERE tenant_id = $1 ORDER BY create_time, hook_id",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await?;
    let hook = |row: Row| Hook { id: row.hook_id, display_name: row.display_name, create_time: row.create_time };
    Ok(rows.into_iter().map(hook).collect())
}

/// Closes a hook.
pub async fn delete(tx: &mut TenantTx, id: HookId) -> Result<()> {
    let tenant = tx.tenant();
    let done = sqlx::query("DELETE FROM reply_hooks WHERE tenant_id = $1 AND hook_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::not_found("HOOK_NOT_FOUND", "there is no such hook"));
    }
    Ok(())
}
