//! The table `timers`: durable, one of each kind per interview. A timer that went off or lost its cause is deleted.

use chassis::{Result, SystemTx, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::{cadence::Kind, interview::InterviewId};

/// A timer that is due.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Due {
    pub tenant_id: TenantId,
    pub interview_id: InterviewId,
    pub kind: i16,
}

/// Sets a timer, or moves it.
pub async fn set(tx: &mut TenantTx, interview: InterviewId, kind: Kind, due: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO timers (tenant_id, interview_id, kind, due_time) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, interview_id, kind) DO UPDATE SET due_time = excluded.due_time",
    )
    .bind(tenant)
    .bind(interview)
    .bind(kind as i16)
    .bind(due)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes timers away.
pub async fn clear(tx: &mut TenantTx, interview: InterviewId, kinds: &[Kind]) -> Result<()> {
    let tenant = tx.tenant();
    let kinds: Vec<i16> = kinds.iter().map(|kind| *kind as i16).collect();
    sqlx::query("DELETE FROM timers WHERE tenant_id = $1 AND interview_id = $2 AND kind = ANY ($3)")
        .bind(tenant)
        .bind(interview)
        .bind(&kinds)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What is due in all tenants, soonest first. Nothing is locked: whoever is faster takes it.
pub async fn due(tx: &mut SystemTx, limit: i64) -> Result<Vec<Due>> {
    let now = tx.now();
    Ok(sqlx::query_as(
        "SELECT tenant_id, interview_id, kind FROM timers WHERE due_time <= $1 ORDER BY due_time LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Takes a due timer for this transaction; false when it was taken, moved or cleared meanwhile.
pub async fn take(tx: &mut TenantTx, interview: InterviewId, kind: Kind) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let taken =
        sqlx::query("DELETE FROM timers WHERE tenant_id = $1 AND interview_id = $2 AND kind = $3 AND due_time <= $4")
            .bind(tenant)
            .bind(interview)
            .bind(kind as i16)
            .bind(now)
            .execute(tx.conn())
            .await?;
    Ok(taken.rows_affected() == 1)
}
