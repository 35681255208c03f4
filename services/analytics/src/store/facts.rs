//! Writing facts down. The same fact twice is one fact.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::MessageSent;

pub async fn message(tx: &mut TenantTx, sent: &MessageSent, time: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO message_facts (tenant_id, message_id, kind, template_id, language, interview_id, send_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(&sent.message_id)
    .bind(sent.kind)
    .bind(&sent.template_id)
    .bind(&sent.language)
    .bind(&sent.interview_id)
    .bind(time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn answer(tx: &mut TenantTx, interview: &str, time: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("INSERT INTO answer_facts (tenant_id, interview_id, time) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(tenant)
        .bind(interview)
        .bind(time)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// It counts no more; events of one interview come in their order.
pub async fn forget_attendance(tx: &mut TenantTx, interview: &str) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM attendance_facts WHERE tenant_id = $1 AND interview_id = $2")
        .bind(tenant)
        .bind(interview)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A correction replaces what it corrects; events of one interview come in their order.
pub async fn attendance(
    tx: &mut TenantTx,
    interview: &str,
    stage: &str,
    attendance: i32,
    start: DateTime<Utc>,
) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO attendance_facts (tenant_id, interview_id, stage, attendance, start_time)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, interview_id)
         DO UPDATE SET stage = excluded.stage, attendance = excluded.attendance, start_time = excluded.start_time",
    )
    .bind(tenant)
    .bind(interview)
    .bind(stage)
    .bind(attendance)
    .bind(start)
    .execute(tx.conn())
    .await?;
    Ok(())
}
