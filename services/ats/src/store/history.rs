//! The table `past_interviews`.

use std::collections::HashSet;

use chassis::{Result, TenantTx};

use crate::domain::{history::PastInterview, interview::InterviewId};

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
