//! The table `imports`.

use chassis::{
    Error, Result, SystemTx, TenantId, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::talent::v1::{ImportFormat, ImportState};

use crate::domain::{
    import::{Place, header::Layout},
    imports::{Counts, Import, ImportId, Undone},
};

#[derive(FromRow)]
struct Row {
    import_id: ImportId,
    format: i16,
    fingerprint: Option<Vec<u8>>,
    size: i64,
    mapping: Vec<u8>,
    layout: Option<Json<Layout>>,
    state: i16,
    broken_reason: String,
    attempt: i32,
    rows_read: i64,
    created: i64,
    updated: i64,
    unchanged: i64,
    rejected: i64,
    position: i64,
    next_line: i64,
    undone_created: i64,
    undone_updated: i64,
    undo_problems: i64,
    actor: String,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    undo_expire_time: DateTime<Utc>,
}

impl Row {
    fn import(self) -> Result<Import> {
        let unknown = |error| Error::internal("a row holds an unknown state or format of an import", &error);
        let Self { rows_read, created, updated, unchanged, rejected, .. } = self;
        Ok(Import {
            id: self.import_id,
            format: ImportFormat::try_from(i32::from(self.format)).map_err(unknown)?,
            fingerprint: self.fingerprint,
            size: self.size,
            mapping: self.mapping,
            layout: self.layout.map(|Json(layout)| layout),
            kept_state: ImportState::try_from(i32::from(self.state)).map_err(unknown)?,
            broken_reason: self.broken_reason,
            attempt: self.attempt,
            counts: Counts { rows_read, created, updated, unchanged, rejected },
            // Never negative.
            place: Place {
                position: u64::try_from(self.position).unwrap_or_default(),
                line: u64::try_from(self.next_line).unwrap_or(1),
            },
            undone: Undone { created: self.undone_created, updated: self.undone_updated, problems: self.undo_problems },
            actor: self.actor,
            create_time: self.create_time,
            update_time: self.update_time,
            undo_expire_time: self.undo_expire_time,
        })
    }
}

/// Writes a new one.
pub async fn insert(tx: &mut TenantTx, import: &Import) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO imports (tenant_id, import_id, format, fingerprint, size, mapping, state, attempt, actor,
            create_time, update_time, undo_expire_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(tenant)
    .bind(import.id)
    .bind(number(import.format))
    .bind(&import.fingerprint)
    .bind(import.size)
    .bind(&import.mapping)
    .bind(number(import.kept_state))
    .bind(import.attempt)
    .bind(&import.actor)
    .bind(import.create_time)
    .bind(import.update_time)
    .bind(import.undo_expire_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes one over what was stored, when nobody else has taken it over: the stored attempt is still `attempt`. Whether
/// that is so.
pub async fn update(tx: &mut TenantTx, import: &Import, attempt: i32) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let written = sqlx::query(
        "UPDATE imports SET layout = $4, state = $5, broken_reason = $6, attempt = $7, rows_read = $8, created = $9,
            updated = $10, unchanged = $11, rejected = $12, position = $13, next_line = $14, undone_created = $15,
            undone_updated = $16, undo_problems = $17, update_time = $18
         WHERE tenant_id = $1 AND import_id = $2 AND attempt = $3",
    )
    .bind(tenant)
    .bind(import.id)
    .bind(attempt)
    .bind(import.layout.as_ref().map(Json))
    .bind(number(import.kept_state))
    .bind(&import.broken_reason)
    .bind(import.attempt)
    .bind(import.counts.rows_read)
    .bind(import.counts.created)
    .bind(import.counts.updated)
    .bind(import.counts.unchanged)
    .bind(import.counts.rejected)
    .bind(i64::try_from(import.place.position).unwrap_or(i64::MAX))
    .bind(i64::try_from(import.place.line).unwrap_or(i64::MAX))
    .bind(import.undone.created)
    .bind(import.undone.updated)
    .bind(import.undone.problems)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() > 0)
}

/// One of them.
pub async fn get(tx: &mut TenantTx, id: ImportId) -> Result<Import> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM imports WHERE tenant_id = $1 AND import_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.import()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ImportId) -> Result<Import> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM imports WHERE tenant_id = $1 AND import_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.import()
}

/// One that is being undone, locked; `None` when it is not, or when another process works on it at this moment.
pub async fn lock_undoing(tx: &mut TenantTx, id: ImportId) -> Result<Option<Import>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM imports WHERE tenant_id = $1 AND import_id = $2 AND state = $3 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(id)
    .bind(number(ImportState::Undoing))
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::import).transpose()
}

/// One page, newest first; only those of one file when its fingerprint is given.
pub async fn list(tx: &mut TenantTx, fingerprint: Option<&[u8]>, page: &Page) -> Result<Vec<Import>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM imports
         WHERE tenant_id = $1 AND ($2::bytea IS NULL OR fingerprint = $2)
           AND ($3::timestamptz IS NULL OR (create_time, import_id) < ($3, $4))
         ORDER BY create_time DESC, import_id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(fingerprint)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::import).collect()
}

/// Its place in the order.
pub fn cursor(import: &Import) -> Cursor {
    Cursor { time: import.create_time, id: import.id.0 }
}

/// Imports of all tenants that are being undone, the longest waiting first.
pub async fn undoing(tx: &mut SystemTx, limit: i64) -> Result<Vec<(TenantId, ImportId)>> {
    let found =
        sqlx::query_as("SELECT tenant_id, import_id FROM imports WHERE state = $1 ORDER BY update_time LIMIT $2")
            .bind(number(ImportState::Undoing))
            .bind(limit)
            .fetch_all(tx.conn())
            .await?;
    Ok(found)
}

/// Imports of all tenants that can not be undone any more and of which what was before is still there.
pub async fn to_forget(tx: &mut SystemTx, limit: i64) -> Result<Vec<(TenantId, ImportId)>> {
    let now = tx.now();
    let found = sqlx::query_as(
        "SELECT tenant_id, import_id FROM imports
         WHERE NOT forgotten AND undo_expire_time <= $1 AND state <> $2 ORDER BY undo_expire_time LIMIT $3",
    )
    .bind(now)
    .bind(number(ImportState::Undoing))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(found)
}

/// What was before an import is forgotten.
pub async fn set_forgotten(tx: &mut TenantTx, id: ImportId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("UPDATE imports SET forgotten = true WHERE tenant_id = $1 AND import_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn number(of: impl Into<i32>) -> i16 {
    // The contract has few states and formats.
    i16::try_from(of.into()).unwrap_or_default()
}

fn not_found() -> Error {
    Error::not_found("IMPORT_NOT_FOUND", "there is no such import")
}
