//! The table `due`: what tenants have to do later, and who is at it.

use chassis::{Result, TenantId, TenantTx, db::SystemTx};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// The no-show model learns.
    Train = 1,
    /// Comparisons are looked at.
    Look = 2,
}

/// It is to be done at that time, also where somebody is at it just now.
pub async fn note(tx: &mut TenantTx, task: Task, time: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO due AS known (tenant_id, task, due_time) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, task) DO UPDATE SET lease_time = NULL,
             due_time = CASE WHEN known.lease_time IS NULL THEN least(known.due_time, excluded.due_time)
                             ELSE excluded.due_time END
         WHERE known.lease_time IS NOT NULL OR excluded.due_time < known.due_time",
    )
    .bind(tenant)
    .bind(task as i16)
    .bind(time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A tenant who is to do it now, and until when that is this process's.
pub async fn claim(tx: &mut SystemTx, task: Task, lease: TimeDelta) -> Result<Option<(TenantId, DateTime<Utc>)>> {
    let now = tx.now();
    let claimed: Option<(Uuid, DateTime<Utc>)> = sqlx::query_as(
        "UPDATE due SET lease_time = $3 WHERE task = $1 AND tenant_id = (
             SELECT tenant_id FROM due WHERE task = $1 AND due_time <= $2 AND (lease_time IS NULL OR lease_time <= $2)
             ORDER BY due_time LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING tenant_id, lease_time",
    )
    .bind(task as i16)
    .bind(now)
    .bind(now + lease)
    .fetch_optional(tx.conn())
    .await?;
    Ok(claimed.map(|(tenant, until)| (TenantId(tenant), until)))
}

/// It is done, unless there is more to do meanwhile.
pub async fn done(tx: &mut TenantTx, task: Task, lease: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM due WHERE tenant_id = $1 AND task = $2 AND lease_time = $3")
        .bind(tenant)
        .bind(task as i16)
        .bind(lease)
        .execute(tx.conn())
        .await?;
    Ok(())
}
