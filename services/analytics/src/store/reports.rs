//! Counting facts, each report in one statement.

use chassis::{Result, TenantTx};
use sqlx::FromRow;
use usher_proto::{ats::v1::Attendance, outreach::v1::MessageKind};

use crate::domain::period::Period;

/// How many of how many.
#[derive(Debug, FromRow)]
pub struct TemplateCount {
    pub template_id: String,
    pub kind: i16,
    pub language: String,
    pub answered: i64,
    pub sent: i64,
}

/// Messages that ask for an answer, and those that got one after they were sent.
pub async fn template_replies(tx: &mut TenantTx, period: &Period) -> Result<Vec<TemplateCount>> {
    let tenant = tx.tenant();
    let asking = [MessageKind::InterviewInvitation as i32, MessageKind::InterviewReminder as i32];
    Ok(sqlx::query_as(
        "SELECT template_id, kind, language, count(*) AS sent,
                count(*) FILTER (WHERE EXISTS (
                    SELECT FROM answer_facts a
                    WHERE a.tenant_id = m.tenant_id AND a.interview_id = m.interview_id AND a.time >= m.send_time
                )) AS answered
         FROM message_facts m
         WHERE tenant_id = $1 AND kind = ANY ($2) AND interview_id <> ''
           AND ($3::timestamptz IS NULL OR send_time >= $3) AND ($4::timestamptz IS NULL OR send_time < $4)
         GROUP BY template_id, kind, language
         ORDER BY template_id, kind, language",
    )
    .bind(tenant)
    .bind(asking.as_slice())
    .bind(period.from)
    .bind(period.until)
    .fetch_all(tx.conn())
    .await?)
}

/// How many of how many.
#[derive(Debug, FromRow)]
pub struct StageCount {
    pub stage: String,
    pub stayed_away: i64,
    pub expected: i64,
}

/// Interviews whose attendance was the candidate's to decide, and those to which they did not come.
pub async fn no_shows(tx: &mut TenantTx, period: &Period) -> Result<Vec<StageCount>> {
    let tenant = tx.tenant();
    let theirs = [Attendance::Attended as i32, Attendance::Late as i32, Attendance::CandidateNoShow as i32];
    Ok(sqlx::query_as(
        "SELECT stage, count(*) AS expected, count(*) FILTER (WHERE attendance = $2) AS stayed_away
         FROM attendance_facts
         WHERE tenant_id = $1 AND attendance = ANY ($3)
           AND ($4::timestamptz IS NULL OR start_time >= $4) AND ($5::timestamptz IS NULL OR start_time < $5)
         GROUP BY stage ORDER BY stage",
    )
    .bind(tenant)
    .bind(Attendance::CandidateNoShow as i32)
    .bind(theirs.as_slice())
    .bind(period.from)
    .bind(period.until)
    .fetch_all(tx.conn())
    .await?)
}
