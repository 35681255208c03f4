//! Applications that become another person's, with what hangs on them; and those that clash then.

use chassis::{Result, TenantTx};
use sqlx::FromRow;
use usher_proto::ats::v1::TaskKind;
use uuid::Uuid;

use crate::domain::{CandidateId, application::ApplicationId, job::JobId, task::TaskId};

/// An application that is somebody's.
#[derive(Debug, FromRow)]
pub struct Held {
    pub application_id: ApplicationId,
    pub job_id: JobId,
    pub made_for: CandidateId,
}

/// A person's applications that were made for one of these people, locked.
pub async fn lock(tx: &mut TenantTx, candidate: CandidateId, made_for: &[Uuid]) -> Result<Vec<Held>> {
    let tenant = tx.tenant();
    let held = sqlx::query_as(
        "SELECT application_id, job_id, coalesce(origin_candidate_id, candidate_id) AS made_for FROM applications
         WHERE tenant_id = $1 AND candidate_id = $2 AND coalesce(origin_candidate_id, candidate_id) = ANY ($3)
         ORDER BY application_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(made_for)
    .fetch_all(tx.conn())
    .await?;
    Ok(held)
}

/// Notes for whom an application was made.
pub async fn note_origin(tx: &mut TenantTx, id: ApplicationId, origin: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("UPDATE applications SET origin_candidate_id = $3 WHERE tenant_id = $1 AND application_id = $2")
        .bind(tenant)
        .bind(id)
        .bind(origin)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes applications another person's, with interviews, offers and onboardings. Live ones are taken out of the rule that
/// there is one of a person on a job, until [`settle_clashes`] has looked at them.
pub async fn reassign(tx: &mut TenantTx, ids: &[ApplicationId], candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    for sql in [
        "UPDATE applications SET candidate_id = $3,
             origin_candidate_id = nullif(coalesce(origin_candidate_id, candidate_id), $3),
             clash_with = CASE WHEN state = 1 THEN application_id END
         WHERE tenant_id = $1 AND application_id = ANY ($2)",
        "UPDATE interviews SET candidate_id = $3 WHERE tenant_id = $1 AND application_id = ANY ($2)",
        "UPDATE offers SET candidate_id = $3 WHERE tenant_id = $1 AND application_id = ANY ($2)",
        "UPDATE onboardings SET candidate_id = $3 WHERE tenant_id = $1 AND application_id = ANY ($2)",
    ] {
        sqlx::query(sql).bind(tenant).bind(ids).bind(candidate).execute(tx.conn()).await?;
    }
    Ok(())
}

/// News of people (kind 30), which follows whom it was of and no application.
const NEWS: i16 = TaskKind::CandidateUpdated as i16;

/// Makes the tasks of applications another person's; those that are still to be done.
pub async fn reassign_tasks(tx: &mut TenantTx, ids: &[ApplicationId], candidate: CandidateId) -> Result<Vec<TaskId>> {
    let tenant = tx.tenant();
    let tasks: Vec<(TaskId, i16)> = sqlx::query_as(
        "UPDATE tasks SET candidate_id = $3
         WHERE tenant_id = $1 AND application_id = ANY ($2) AND kind <> $4 RETURNING task_id, state",
    )
    .bind(tenant)
    .bind(ids)
    .bind(candidate)
    .bind(NEWS)
    .fetch_all(tx.conn())
    .await?;
    Ok(open(tasks))
}

/// Makes one person's tasks about news of some people another person's. None names an application any more that is not of
/// the person whose task it is. The answer is which of them have changed and are still to be done.
pub async fn reassign_news(tx: &mut TenantTx, from: CandidateId, of: &[Uuid], to: CandidateId) -> Result<Vec<TaskId>> {
    let tenant = tx.tenant();
    let tasks: Vec<(TaskId, i16)> = sqlx::query_as(
        "WITH news AS (
             SELECT task_id, application_id, CASE WHEN subject_id = ANY ($3) THEN $4 ELSE candidate_id END AS owner
             FROM tasks WHERE tenant_id = $1 AND candidate_id = $2 AND kind = $5
         ), after AS (
             SELECT task_id, owner, a.application_id, a.job_id FROM news LEFT JOIN applications a
                 ON a.tenant_id = $1 AND a.application_id = news.application_id AND a.candidate_id = owner
         )
         UPDATE tasks SET candidate_id = owner, application_id = after.application_id, job_id = after.job_id
         FROM after WHERE tenant_id = $1 AND tasks.task_id = after.task_id
           AND (tasks.candidate_id, tasks.application_id) IS DISTINCT FROM (owner, after.application_id)
         RETURNING tasks.task_id, state",
    )
    .bind(tenant)
    .bind(from)
    .bind(of)
    .bind(to)
    .bind(NEWS)
    .fetch_all(tx.conn())
    .await?;
    Ok(open(tasks))
}

/// Makes a task one about news of somebody else, who has none.
pub async fn make_news_of(tx: &mut TenantTx, task: TaskId, candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("UPDATE tasks SET subject_id = $3 WHERE tenant_id = $1 AND task_id = $2")
        .bind(tenant)
        .bind(task)
        .bind(candidate)
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn open(tasks: Vec<(TaskId, i16)>) -> Vec<TaskId> {
    tasks.into_iter().filter(|(_, state)| *state != 3).map(|(id, _)| id).collect()
}

/// Whether a person has applications that clash.
pub async fn has_clashes(tx: &mut TenantTx, candidate: CandidateId) -> Result<bool> {
    let tenant = tx.tenant();
    let found = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM applications
                        WHERE tenant_id = $1 AND candidate_id = $2 AND clash_with IS NOT NULL)",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}

/// Works out anew which of a person's live applications clash: on each job all but the oldest, with that one.
pub async fn settle_clashes(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    for sql in [
        // Before the oldest one comes back under the rule, the others leave it.
        "WITH live AS (
             SELECT application_id, first_value(application_id)
                 OVER (PARTITION BY job_id ORDER BY create_time, application_id) AS oldest
             FROM applications WHERE tenant_id = $1 AND candidate_id = $2 AND state = 1
         )
         UPDATE applications SET clash_with = live.oldest FROM live
         WHERE tenant_id = $1 AND applications.application_id = live.application_id
           AND live.application_id <> live.oldest AND clash_with IS DISTINCT FROM live.oldest",
        "WITH live AS (
             SELECT application_id, first_value(application_id)
                 OVER (PARTITION BY job_id ORDER BY create_time, application_id) AS oldest
             FROM applications WHERE tenant_id = $1 AND candidate_id = $2 AND state = 1
         )
         UPDATE applications SET clash_with = NULL FROM live
         WHERE tenant_id = $1 AND applications.application_id = live.application_id
           AND live.application_id = live.oldest AND clash_with IS NOT NULL",
        "UPDATE applications SET clash_with = NULL
         WHERE tenant_id = $1 AND candidate_id = $2 AND state <> 1 AND clash_with IS NOT NULL",
    ] {
        sqlx::query(sql).bind(tenant).bind(candidate).execute(tx.conn()).await?;
    }
    let clashing = sqlx::query_scalar(
        "SELECT application_id FROM applications
         WHERE tenant_id = $1 AND candidate_id = $2 AND clash_with IS NOT NULL ORDER BY application_id",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?;
    Ok(clashing)
}

/// Of which of a person's applications somebody is asked to end one of two.
pub async fn asked_to_end(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    let asked = sqlx::query_scalar(
        "SELECT application_id FROM tasks
         WHERE tenant_id = $1 AND candidate_id = $2 AND kind = 19 AND state <> 3 ORDER BY application_id",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?;
    Ok(asked)
}
