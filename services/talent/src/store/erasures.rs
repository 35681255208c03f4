//! The table `erasures`.

use chassis::{
    Error, Result, SystemTx, TenantId, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::domain::{
    candidate::CandidateId,
    erasure::{Erasure, ErasureId, Progress},
};

#[derive(FromRow)]
struct Row {
    erasure_id: ErasureId,
    candidate_id: CandidateId,
    event_id: Uuid,
    reason: String,
    actor: String,
    progress: Json<Progress>,
    receipt: String,
    request_time: DateTime<Utc>,
    finish_time: Option<DateTime<Utc>>,
}

impl From<Row> for Erasure {
    fn from(row: Row) -> Self {
        Self {
            id: row.erasure_id,
            candidate: row.candidate_id,
            event_id: row.event_id,
            reason: row.reason,
            actor: row.actor,
            progress: row.progress.0,
            receipt: row.receipt,
            request_time: row.request_time,
            finish_time: row.finish_time,
        }
    }
}

/// Its place in the order.
pub fn cursor(erasure: &Erasure) -> Cursor {
    Cursor { time: erasure.request_time, id: erasure.id.0 }
}

pub async fn insert(tx: &mut TenantTx, erasure: &Erasure) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO erasures (tenant_id, erasure_id, candidate_id, event_id, reason, actor, state, progress, next_time,
                               request_time)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $8)",
    )
    .bind(tenant)
    .bind(erasure.id)
    .bind(erasure.candidate)
    .bind(erasure.event_id)
    .bind(&erasure.reason)
    .bind(&erasure.actor)
    .bind(Json(&erasure.progress))
    .bind(erasure.request_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The erasure of a person who is forgotten.
pub async fn of_candidate(tx: &mut TenantTx, candidate: CandidateId) -> Result<Option<Erasure>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM erasures WHERE tenant_id = $1 AND candidate_id = $2")
        .bind(tenant)
        .bind(candidate)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(Erasure::from))
}

pub async fn get(tx: &mut TenantTx, id: ErasureId) -> Result<Erasure> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM erasures WHERE tenant_id = $1 AND erasure_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.map(Erasure::from).ok_or_else(not_found)
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ErasureId) -> Result<Erasure> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM erasures WHERE tenant_id = $1 AND erasure_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.map(Erasure::from).ok_or_else(not_found)
}

/// One page, newest first.
pub async fn list(tx: &mut TenantTx, page: &Page) -> Result<Vec<Erasure>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM erasures
         WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (request_time, erasure_id) < ($2, $3))
         ORDER BY request_time DESC, erasure_id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Erasure::from).collect())
}

/// How far it is, and when it is looked at next. One that has a receipt is done.
pub async fn save(tx: &mut TenantTx, erasure: &Erasure, next: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE erasures SET progress = $3, next_time = $4, receipt = $5, finish_time = $6,
                             state = CASE WHEN $5 = '' THEN 1 ELSE 2 END
         WHERE tenant_id = $1 AND erasure_id = $2",
    )
    .bind(tenant)
    .bind(erasure.id)
    .bind(Json(&erasure.progress))
    .bind(next)
    .bind(&erasure.receipt)
    .bind(erasure.finish_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes up one that is due, of whichever tenant; nobody else does for so long.
pub async fn take_up(tx: &mut SystemTx, lease: TimeDelta) -> Result<Option<(TenantId, ErasureId)>> {
    let now = tx.now();
    Ok(sqlx::query_as(
        "UPDATE erasures e SET next_time = $2
         FROM (SELECT tenant_id, erasure_id FROM erasures WHERE state = 1 AND next_time <= $1
               ORDER BY next_time LIMIT 1 FOR UPDATE SKIP LOCKED) due
         WHERE e.tenant_id = due.tenant_id AND e.erasure_id = due.erasure_id
         RETURNING e.tenant_id, e.erasure_id",
    )
    .bind(now)
    .bind(now + lease)
    .fetch_optional(tx.conn())
    .await?)
}

fn not_found() -> Error {
    Error::not_found("ERASURE_NOT_FOUND", "there is no such erasure")
}
