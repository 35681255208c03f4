//! The table `tasks`.

use chassis::{Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::ats::v1::TaskKind;
use uuid::Uuid;

use super::known;
use crate::domain::{
    CandidateId,
    application::ApplicationId,
    interview::InterviewId,
    task::{About, Task, TaskId},
};

#[derive(FromRow)]
struct Row {
    task_id: TaskId,
    kind: i16,
    state: i16,
    subject_id: Uuid,
    candidate_id: CandidateId,
    application_id: ApplicationId,
    interview_id: Option<InterviewId>,
    why: String,
    suggestion: String,
    create_time: DateTime<Utc>,
    due_time: DateTime<Utc>,
    claimed_by: Option<String>,
    claim_time: Option<DateTime<Utc>>,
}

impl Row {
    fn task(self) -> Result<Task> {
        Ok(Task {
            id: self.task_id,
            kind: known(self.kind)?,
            state: known(self.state)?,
            about: About {
                subject: self.subject_id,
                candidate_id: self.candidate_id,
                application_id: self.application_id,
                interview_id: self.interview_id,
            },
            why: self.why,
            suggestion: self.suggestion,
            create_time: self.create_time,
            due_time: self.due_time,
            claimed_by: self.claimed_by,
            claim_time: self.claim_time,
        })
    }
}

/// Puts a task into the workbench; false when the same one stands there already, which then says the newer why.
pub async fn insert(tx: &mut TenantTx, task: &Task) -> Result<bool> {
    let tenant = tx.tenant();
    let task_id: TaskId = sqlx::query_scalar(
        "INSERT INTO tasks (tenant_id, task_id, kind, state, subject_id, candidate_id, application_id, interview_id, why,
                            suggestion, create_time, due_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (tenant_id, subject_id, kind) WHERE state <> 3
         DO UPDATE SET why = excluded.why, suggestion = excluded.suggestion
         RETURNING task_id",
    )
    .bind(tenant)
    .bind(task.id)
    .bind(task.kind as i32)
    .bind(task.state as i32)
    .bind(task.about.subject)
    .bind(task.about.candidate_id)
    .bind(task.about.application_id)
    .bind(task.about.interview_id)
    .bind(&task.why)
    .bind(&task.suggestion)
    .bind(task.create_time)
    .bind(task.due_time)
    .fetch_one(tx.conn())
    .await?;
    Ok(task_id == task.id)
}

pub async fn lock(tx: &mut TenantTx, id: TaskId) -> Result<Task> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM tasks WHERE tenant_id = $1 AND task_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(|| Error::not_found("TASK_NOT_FOUND", "there is no such task"))?.task()
}

/// The open tasks about something, of the given kinds, locked.
pub async fn lock_open(tx: &mut TenantTx, subject: Uuid, kinds: &[TaskKind]) -> Result<Vec<Task>> {
    let tenant = tx.tenant();
    let kinds: Vec<i32> = kinds.iter().map(|kind| *kind as i32).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM tasks WHERE tenant_id = $1 AND subject_id = $2 AND kind = ANY ($3) AND state <> 3
         ORDER BY task_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(subject)
    .bind(&kinds)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::task).collect()
}

/// Writes who has claimed it, or who did it.
pub async fn update(tx: &mut TenantTx, task: &Task, done_by: Option<&str>) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "UPDATE tasks SET state = $3, claimed_by = $4, claim_time = $5, done_by = $6,
                          done_time = CASE WHEN $6 IS NULL THEN NULL ELSE $7 END
         WHERE tenant_id = $1 AND task_id = $2",
    )
    .bind(tenant)
    .bind(task.id)
    .bind(task.state as i32)
    .bind(&task.claimed_by)
    .bind(task.claim_time)
    .bind(done_by)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn list(
    tx: &mut TenantTx,
    page: &Page,
    candidate: Option<CandidateId>,
    show_done: bool,
) -> Result<Vec<Task>> {
    let tenant = tx.tenant();
    // Two statements and not one with OR, so that the usual one keeps to its partial index.
    let sql = if show_done {
        "SELECT * FROM tasks WHERE tenant_id = $1 AND ($2::uuid IS NULL OR candidate_id = $2)
           AND ($3::timestamptz IS NULL OR (due_time, task_id) > ($3, $4))
         ORDER BY due_time, task_id LIMIT $5"
    } else {
        "SELECT * FROM tasks WHERE tenant_id = $1 AND state <> 3 AND ($2::uuid IS NULL OR candidate_id = $2)
           AND ($3::timestamptz IS NULL OR (due_time, task_id) > ($3, $4))
         ORDER BY due_time, task_id LIMIT $5"
    };
    let rows: Vec<Row> = sqlx::query_as(sql)
        .bind(tenant)
        .bind(candidate)
        .bind(page.after.map(|after| after.time))
        .bind(page.after.map(|after| after.id))
        .bind(page.limit())
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(Row::task).collect()
}
