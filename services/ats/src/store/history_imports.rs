//! The table `history_imports`.

use chassis::{
    Error, Result, SystemTx, TenantId, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::ats::v1::ImportState;

use super::known;
use crate::domain::history_import::{Counts, Import, ImportId, Place};

#[derive(FromRow)]
struct Row {
    import_id: ImportId,
    fingerprint: String,
    size: i64,
    state: i16,
    broken_reason: String,
    attempt: i32,
    rows_read: i64,
    created: i64,
    unchanged: i64,
    rejected: i64,
    position: i64,
    next_line: i64,
    undone_created: i64,
    actor: String,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl Row {
    fn import(self) -> Result<Import> {
        let Self { rows_read, created, unchanged, rejected, .. } = self;
        Ok(Import {
            id: self.import_id,
            fingerprint: self.fingerprint,
            size: self.size,
            kept_state: known(self.state)?,
            broken_reason: self.broken_reason,
            attempt: self.attempt,
            counts: Counts { rows_read, created, unchanged, rejected },
            place: Place { position: self.position, line: self.next_line },
            undone: self.undone_created,
            actor: self.actor,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

/// Writes a new one, or over one that the caller has locked.
pub async fn save(tx: &mut TenantTx, import: &Import) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO history_imports (tenant_id, import_id, fingerprint, size, actor, create_time, update_time, state,
            broken_reason, attempt, rows_read, created, unchanged, rejected, position, next_line, undone_created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (tenant_id, import_id) DO UPDATE SET update_time = excluded.update_time, state = excluded.state,
            broken_reason = excluded.broken_reason, attempt = excluded.attempt, rows_read = excluded.rows_read,
            created = excluded.created, unchanged = excluded.unchanged, rejected = excluded.rejected,
            position = excluded.position, next_line = excluded.next_line, undone_created = excluded.undone_created",
    )
    .bind(tenant)
    .bind(import.id)
    .bind(&import.fingerprint)
    .bind(import.size)
    .bind(&import.actor)
    .bind(import.create_time)
    .bind(now)
    .bind(number(import.kept_state))
    .bind(&import.broken_reason)
    .bind(import.attempt)
    .bind(import.counts.rows_read)
    .bind(import.counts.created)
    .bind(import.counts.unchanged)
    .bind(import.counts.rejected)
    .bind(import.place.position)
    .bind(import.place.line)
    .bind(import.undone)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One of them.
pub async fn get(tx: &mut TenantTx, id: ImportId) -> Result<Import> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM history_imports WHERE tenant_id = $1 AND import_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.import()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ImportId) -> Result<Import> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM history_imports WHERE tenant_id = $1 AND import_id = $2 FOR UPDATE")
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
        "SELECT * FROM history_imports WHERE tenant_id = $1 AND import_id = $2 AND state = $3 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(id)
    .bind(number(ImportState::Undoing))
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::import).transpose()
}

/// One page, newest first; only those with a fingerprint when that is not empty.
pub async fn list(tx: &mut TenantTx, fingerprint: &str, page: &Page) -> Result<Vec<Import>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM history_imports
         WHERE tenant_id = $1 AND ($2 = '' OR fingerprint = $2)
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
    let found = sqlx::query_as(
        "SELECT tenant_id, import_id FROM history_imports WHERE state = $1 ORDER BY update_time LIMIT $2",
    )
    .bind(number(ImportState::Undoing))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(found)
}

fn number(state: ImportState) -> i16 {
    // The contract has few states.
    i16::try_from(i32::from(state)).unwrap_or_default()
}

fn not_found() -> Error {
    Error::not_found("IMPORT_NOT_FOUND", "there is no such import")
}
