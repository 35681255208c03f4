//! The table `past_interviews`, and which import has brought them (`history_import_rows`).

use std::collections::HashSet;

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::{CandidateId, history::PastInterview, history_import::ImportId, interview::InterviewId};

/// Writes interviews down whose rows are not known. Those that were.
pub async fn insert(tx: &mut TenantTx, interviews: &[PastInterview]) -> Result<HashSet<InterviewId>> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.to_string());
    let number = |of: i32| i16::try_from(of).unwrap_or_default();
    let texts = |of: fn(&PastInterview) -> &str| interviews.iter().map(of).collect::<Vec<_>>();
    let written: Vec<InterviewId> = sqlx::query_scalar(
        "INSERT INTO past_interviews (tenant_id, actor, create_time, row_key, interview_id, candidate_id, position,
            stage, start_time, time_zone, attendance, expected, reminder_channel)
         SELECT $1, $2, $3, * FROM unnest($4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::timestamptz[],
            $10::text[], $11::smallint[], $12::smallint[], $13::text[])
         ON CONFLICT DO NOTHING RETURNING interview_id",
    )
    .bind(tenant)
    .bind(actor)
    .bind(now)
    .bind(texts(|one| &one.row_key))
    .bind(interviews.iter().map(|one| one.id).collect::<Vec<_>>())
    .bind(interviews.iter().map(|one| one.candidate_id).collect::<Vec<_>>())
    .bind(texts(|one| &one.position))
    .bind(texts(|one| &one.stage))
    .bind(interviews.iter().map(|one| one.start_time).collect::<Vec<_>>())
    .bind(texts(|one| &one.time_zone))
    // The contract has few of either.
    .bind(interviews.iter().map(|one| number(one.attendance.into())).collect::<Vec<_>>())
    .bind(interviews.iter().map(|one| number(one.expected.into())).collect::<Vec<_>>())
    .bind(texts(|one| &one.reminder_channel))
    .fetch_all(tx.conn())
    .await?;
    Ok(written.into_iter().collect())
}

/// Writes down with which import interviews came.
pub async fn insert_rows(tx: &mut TenantTx, import: ImportId, interviews: &[InterviewId]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO history_import_rows (tenant_id, import_id, interview_id) SELECT $1, $2, * FROM unnest($3::uuid[])",
    )
    .bind(tenant)
    .bind(import)
    .bind(interviews)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An interview that came with an import.
#[derive(Debug, FromRow)]
pub struct Brought {
    pub interview_id: InterviewId,
    /// Nothing else is known of it where the one who was named is forgotten.
    pub candidate_id: Option<CandidateId>,
    pub attendance: Option<i16>,
    pub start_time: Option<DateTime<Utc>>,
}

/// Interviews that came with an import, at most so many.
pub async fn brought(tx: &mut TenantTx, import: ImportId, limit: i64) -> Result<Vec<Brought>> {
    let tenant = tx.tenant();
    let brought = sqlx::query_as(
        "SELECT came.interview_id, past.candidate_id, past.attendance, past.start_time
         FROM (SELECT interview_id FROM history_import_rows WHERE tenant_id = $1 AND import_id = $2
               ORDER BY interview_id LIMIT $3) AS came
         LEFT JOIN past_interviews past ON past.tenant_id = $1 AND past.interview_id = came.interview_id
         ORDER BY came.interview_id",
    )
    .bind(tenant)
    .bind(import)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(brought)
}

/// Removes interviews, and that they came with an import.
pub async fn remove(tx: &mut TenantTx, import: ImportId, interviews: &[InterviewId]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM past_interviews WHERE tenant_id = $1 AND interview_id = ANY ($2)")
        .bind(tenant)
        .bind(interviews)
        .execute(tx.conn())
        .await?;
    sqlx::query("DELETE FROM history_import_rows WHERE tenant_id = $1 AND import_id = $2 AND interview_id = ANY ($3)")
        .bind(tenant)
        .bind(import)
        .bind(interviews)
        .execute(tx.conn())
        .await?;
    Ok(())
}
