//! Whatever the service keeps about a person, table by table. A new table that holds something about people gets its line
//! here, before those that its rows refer to: it is exported and forgotten by it.

use chassis::{
    Result, TenantTx, subject_table,
    subjects::{Export, Table},
};
use usher_proto::privacy::v1::ErasedStore;

use crate::domain::{CandidateId, interview::InterviewId};

/// `$2` is the person.
const TABLES: &[Table] = &[
    subject_table!(
        "timers",
        "subject_id IN (SELECT application_id FROM applications WHERE tenant_id = $1 AND candidate_id = $2
             UNION ALL SELECT interview_id FROM interviews WHERE tenant_id = $1 AND candidate_id = $2
             UNION ALL SELECT offer_id FROM offers WHERE tenant_id = $1 AND candidate_id = $2
             UNION ALL SELECT onboarding_id FROM onboardings WHERE tenant_id = $1 AND candidate_id = $2
             UNION ALL SELECT task_id FROM tasks WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!(
        "moments",
        "subject_id IN (SELECT interview_id FROM interviews WHERE tenant_id = $1 AND candidate_id = $2
             UNION ALL SELECT offer_id FROM offers WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!("task_steps", "task_id IN (SELECT task_id FROM tasks WHERE tenant_id = $1 AND candidate_id = $2)"),
    subject_table!("tasks", "candidate_id = $2"),
    subject_table!(
        "joining_records",
        "onboarding_id IN (SELECT onboarding_id FROM onboardings WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!("onboardings", "candidate_id = $2"),
    subject_table!(
        "offer_approvals",
        "offer_id IN (SELECT offer_id FROM offers WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!(
        "offer_terms",
        "offer_id IN (SELECT offer_id FROM offers WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!(
        "offer_transitions",
        "offer_id IN (SELECT offer_id FROM offers WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!("offers", "candidate_id = $2"),
    subject_table!(
        "feedback",
        "interview_id IN (SELECT interview_id FROM interviews WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!(
        "attendance_records",
        "interview_id IN (SELECT interview_id FROM interviews WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!(
        "bookings",
        "interview_id IN (SELECT interview_id FROM interviews WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!(
        "centre_links",
        "application_id IN (SELECT application_id FROM applications WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!("interviews", "candidate_id = $2"),
    subject_table!(
        "turns",
        "application_id IN (SELECT application_id FROM applications WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!(
        "transitions",
        "application_id IN (SELECT application_id FROM applications WHERE tenant_id = $1 AND candidate_id = $2)"
    ),
    subject_table!("applications", "candidate_id = $2"),
    subject_table!("past_interviews", "candidate_id = $2"),
    subject_table!("merged_candidates", unsaid, "(candidate_id = $2 OR survivor_id = $2)"),
];

/// Waits for whoever is at the person's applications and what belongs to them, and lets nobody else begin.
pub async fn hold(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    for statement in [
        "SELECT FROM applications WHERE tenant_id = $1 AND candidate_id = $2 ORDER BY application_id FOR UPDATE",
        "SELECT FROM interviews WHERE tenant_id = $1 AND candidate_id = $2 ORDER BY interview_id FOR UPDATE",
        "SELECT FROM offers WHERE tenant_id = $1 AND candidate_id = $2 ORDER BY offer_id FOR UPDATE",
        "SELECT FROM onboardings WHERE tenant_id = $1 AND candidate_id = $2 ORDER BY onboarding_id FOR UPDATE",
        "SELECT FROM tasks WHERE tenant_id = $1 AND candidate_id = $2 ORDER BY task_id FOR UPDATE",
    ] {
        sqlx::query(statement).bind(tenant).bind(candidate).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Which of these people have applied, have had something made for them, or are named in an interview of the past.
pub async fn known(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT candidate_id FROM applications WHERE tenant_id = $1 AND candidate_id = ANY ($2)
         UNION SELECT origin_candidate_id FROM applications WHERE tenant_id = $1 AND origin_candidate_id = ANY ($2)
         UNION SELECT candidate_id FROM past_interviews WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?)
}

/// The person's interviews.
pub async fn interviews(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<InterviewId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT interview_id FROM interviews WHERE tenant_id = $1 AND candidate_id = $2")
        .bind(tenant)
        .bind(candidate)
        .fetch_all(tx.conn())
        .await?)
}

/// Tells the rows.
pub async fn export(tx: &mut TenantTx, candidate: CandidateId, out: &mut Export) -> Result<()> {
    chassis::subjects::export(tx, TABLES, candidate.0, out).await
}

/// Forgets the rows.
pub async fn erase(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ErasedStore>> {
    chassis::subjects::erase(tx, TABLES, candidate.0).await
}
