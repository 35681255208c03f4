//! Whatever the service keeps about a person, table by table. A new table that holds something about people gets its line
//! here, before those that its rows refer to: it is exported and forgotten by it.

use chassis::{
    Result, TenantTx, subject_table,
    subjects::{Export, Table},
};
use usher_proto::privacy::v1::ErasedStore;

use crate::domain::{CandidateId, application::ApplicationId, interview::InterviewId};

/// Rows of an application.
macro_rules! of_applications {
    ($name:literal) => {
        subject_table!(
            $name,
            "application_id IN (SELECT application_id FROM applications
                 WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)"
        )
    };
}

/// Rows of an interview.
macro_rules! of_interviews {
    ($name:literal) => {
        subject_table!(
            $name,
            "interview_id IN (SELECT interview_id FROM applications JOIN interviews USING (tenant_id, application_id)
                 WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2)"
        )
    };
}

/// Rows of an offer.
macro_rules! of_offers {
    ($name:literal) => {
        subject_table!(
            $name,
            "offer_id IN (SELECT offer_id FROM applications JOIN offers USING (tenant_id, application_id)
                 WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2)"
        )
    };
}

/// Rows of a task: one of an application, or (kind 30) one about news of the person.
macro_rules! of_tasks {
    ($name:literal) => {
        subject_table!(
            $name,
            "task_id IN (SELECT task_id FROM applications JOIN tasks USING (tenant_id, candidate_id, application_id)
                         WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2 AND kind <> 30
                 UNION ALL SELECT task_id FROM tasks WHERE tenant_id = $1 AND subject_id = $2 AND kind = 30)"
        )
    };
}

/// `$2` is the person. What was made for them is theirs, whoever stands for them by now.
const TABLES: &[Table] = &[
    subject_table!(
        "timers",
        "subject_id IN (SELECT application_id FROM applications
                       WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2
             UNION ALL SELECT interview_id FROM applications JOIN interviews USING (tenant_id, application_id)
                       WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2
             UNION ALL SELECT offer_id FROM applications JOIN offers USING (tenant_id, application_id)
                       WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2
             UNION ALL SELECT onboarding_id FROM applications JOIN onboardings USING (tenant_id, application_id)
                       WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2
             UNION ALL SELECT task_id FROM applications JOIN tasks USING (tenant_id, candidate_id, application_id)
                       WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2 AND kind <> 30
             UNION ALL SELECT task_id FROM tasks WHERE tenant_id = $1 AND subject_id = $2 AND kind = 30)"
    ),
    subject_table!(
        "moments",
        "subject_id IN (SELECT interview_id FROM applications JOIN interviews USING (tenant_id, application_id)
                        WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2
             UNION ALL SELECT offer_id FROM applications JOIN offers USING (tenant_id, application_id)
                       WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2)"
    ),
    of_tasks!("task_steps"),
    of_tasks!("tasks"),
    subject_table!(
        "joining_records",
        "onboarding_id IN (SELECT onboarding_id FROM applications JOIN onboardings USING (tenant_id, application_id)
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2)"
    ),
    of_applications!("onboardings"),
    of_offers!("offer_approvals"),
    of_offers!("offer_terms"),
    of_offers!("offer_transitions"),
    of_applications!("offers"),
    of_interviews!("feedback"),
    of_interviews!("attendance_records"),
    of_interviews!("bookings"),
    of_applications!("centre_links"),
    of_applications!("interviews"),
    of_applications!("turns"),
    of_applications!("transitions"),
    subject_table!("applications", "coalesce(origin_candidate_id, candidate_id) = $2"),
    subject_table!("past_interviews", "candidate_id = $2"),
    subject_table!("merged_candidates", unsaid, "(candidate_id = $2 OR survivor_id = $2)"),
];

/// Waits for whoever is at the person's applications and what belongs to them, and lets nobody else begin.
pub async fn hold(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    for statement in [
        "SELECT FROM applications WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2
         ORDER BY application_id FOR UPDATE",
        "SELECT FROM interviews WHERE tenant_id = $1 AND application_id IN
             (SELECT application_id FROM applications
              WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)
         ORDER BY interview_id FOR UPDATE",
        "SELECT FROM offers WHERE tenant_id = $1 AND application_id IN
             (SELECT application_id FROM applications
              WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)
         ORDER BY offer_id FOR UPDATE",
        "SELECT FROM onboardings WHERE tenant_id = $1 AND application_id IN
             (SELECT application_id FROM applications
              WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)
         ORDER BY onboarding_id FOR UPDATE",
        "SELECT FROM tasks WHERE tenant_id = $1 AND task_id IN (
             SELECT task_id FROM applications JOIN tasks USING (tenant_id, candidate_id, application_id)
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2 AND kind <> 30
             UNION ALL SELECT task_id FROM tasks WHERE tenant_id = $1 AND subject_id = $2 AND kind = 30)
         ORDER BY task_id FOR UPDATE",
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
         UNION SELECT coalesce(origin_candidate_id, candidate_id) FROM applications
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = ANY ($2)
         UNION SELECT candidate_id FROM past_interviews WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?)
}

/// The applications that were made for the person.
pub async fn applications(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT application_id FROM applications
         WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?)
}

/// The person's interviews.
pub async fn interviews(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<InterviewId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT interview_id FROM applications JOIN interviews USING (tenant_id, application_id)
         WHERE tenant_id = $1 AND coalesce(origin_candidate_id, applications.candidate_id) = $2",
    )
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
