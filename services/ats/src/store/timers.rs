//! The table `timers`: durable, one of each kind about each thing. A timer that went off, or lost its cause, stays and says
//! so.

use chassis::{Result, SystemTx, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{moment::Subject, timer::TimerKind};

/// What a tenant's rules plan.
const PLANNED: [i16; 2] = [TimerKind::FollowUp as i16, TimerKind::OfferFollowUp as i16];

/// A timer that is due.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct DueTimer {
    pub tenant_id: TenantId,
    pub subject_id: Uuid,
    pub kind: i16,
    pub due_time: DateTime<Utc>,
}

/// Sets timers, each about a subject of its own, or moves them.
pub async fn set(tx: &mut TenantTx, kind: TimerKind, timers: &[(Uuid, DateTime<Utc>)]) -> Result<()> {
    if timers.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let (subjects, dues): (Vec<Uuid>, Vec<DateTime<Utc>>) = timers.iter().copied().unzip();
    sqlx::query(
        "INSERT INTO timers (tenant_id, subject_id, kind, due_time)
         SELECT $1, subject, $2, due FROM unnest($3::uuid[], $4::timestamptz[]) AS set (subject, due)
         ON CONFLICT (tenant_id, subject_id, kind)
         DO UPDATE SET due_time = excluded.due_time, state = 1, end_time = NULL",
    )
    .bind(tenant)
    .bind(kind as i16)
    .bind(&subjects)
    .bind(&dues)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Sets the timers of what is followed up, by that version of the tenant's settings. One waits for ever where nothing is due.
pub async fn plan(
    tx: &mut TenantTx,
    planned: &[(Subject, Option<DateTime<Utc>>)],
    settings_version: i64,
) -> Result<()> {
    if planned.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO timers (tenant_id, subject_id, kind, due_time, settings_version)
         SELECT $1, subject, kind, coalesce(due, 'infinity'), $5
         FROM unnest($2::uuid[], $3::smallint[], $4::timestamptz[]) AS planned (subject, kind, due)
         ON CONFLICT (tenant_id, subject_id, kind)
         DO UPDATE SET due_time = excluded.due_time, state = 1, end_time = NULL,
                       settings_version = excluded.settings_version",
    )
    .bind(tenant)
    .bind(planned.iter().map(|(subject, _)| subject.uuid()).collect::<Vec<_>>())
    .bind(planned.iter().map(|(subject, _)| subject.timer() as i16).collect::<Vec<_>>())
    .bind(planned.iter().map(|(_, due)| *due).collect::<Vec<_>>())
    .bind(settings_version)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Lets some that were planned by older settings go off now; who is busy just now is passed by. Says how many.
pub async fn look_again(tx: &mut TenantTx, version: i64, limit: i64) -> Result<u64> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let looked = sqlx::query(
        "UPDATE timers SET due_time = least(timers.due_time, $3), settings_version = $4
         FROM (SELECT subject_id, kind FROM timers
               WHERE tenant_id = $1 AND kind = ANY ($2) AND state = 1 AND settings_version < $4 AND subject_id <> $1
               LIMIT $5 FOR UPDATE SKIP LOCKED) older
         WHERE timers.tenant_id = $1 AND timers.subject_id = older.subject_id AND timers.kind = older.kind",
    )
    .bind(tenant)
    .bind(PLANNED)
    .bind(now)
    .bind(version)
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(looked.rows_affected())
}

/// Whether anything is planned by older settings.
pub async fn is_any_older(tx: &mut TenantTx, version: i64) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM timers WHERE tenant_id = $1 AND kind = ANY ($2) AND state = 1
                          AND settings_version < $3 AND subject_id <> $1)",
    )
    .bind(tenant)
    .bind(PLANNED)
    .bind(version)
    .fetch_one(tx.conn())
    .await?)
}

/// The cause of these timers has gone away.
pub async fn clear(tx: &mut TenantTx, subjects: &[Uuid], kinds: &[TimerKind]) -> Result<()> {
    if subjects.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    let kinds: Vec<i16> = kinds.iter().map(|kind| *kind as i16).collect();
    sqlx::query(
        "UPDATE timers SET state = 3, end_time = $4
         WHERE tenant_id = $1 AND subject_id = ANY ($2) AND kind = ANY ($3) AND state = 1",
    )
    .bind(tenant)
    .bind(subjects)
    .bind(&kinds)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What is due in all tenants, soonest first, behind a given one. Nothing is locked here: [`spend`] decides who acts.
pub async fn due(tx: &mut SystemTx, after: Option<DueTimer>, limit: i64) -> Result<Vec<DueTimer>> {
    let now = tx.now();
    Ok(sqlx::query_as(
        "SELECT tenant_id, subject_id, kind, due_time FROM timers
         WHERE state = 1 AND due_time <= $1
           AND ($2::timestamptz IS NULL OR (due_time, tenant_id, subject_id, kind) > ($2, $3, $4, $5))
         ORDER BY due_time, tenant_id, subject_id, kind LIMIT $6",
    )
    .bind(now)
    .bind(after.map(|after| after.due_time))
    .bind(after.map(|after| after.tenant_id))
    .bind(after.map(|after| after.subject_id))
    .bind(after.map(|after| after.kind))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Spends a due timer in this transaction; false when it was spent, moved or cleared meanwhile.
pub async fn spend(tx: &mut TenantTx, subject: Uuid, kind: TimerKind) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let spent = sqlx::query(
        "UPDATE timers SET state = 2, end_time = $4
         WHERE tenant_id = $1 AND subject_id = $2 AND kind = $3 AND state = 1 AND due_time <= $4",
    )
    .bind(tenant)
    .bind(subject)
    .bind(kind as i16)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(spent.rows_affected() == 1)
}
