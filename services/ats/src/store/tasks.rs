//! The table `tasks`.

use std::collections::BTreeSet;

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

/// Puts tasks into the workbench. Where the same task stands already, that one says the newer why. The answer is what
/// stands there then: the ids of the fresh ones, or of the older ones in their place.
pub async fn insert(tx: &mut TenantTx, tasks: &[Task]) -> Result<BTreeSet<TaskId>> {
    fn column<T>(tasks: &[Task], of: impl Fn(&Task) -> T) -> Vec<T> {
        tasks.iter().map(of).collect()
    }
    let tenant = tx.tenant();
    let standing: Vec<TaskId> = sqlx::query_scalar(
        "INSERT INTO tasks (tenant_id, task_id, kind, state, subject_id, candidate_id, application_id, interview_id, why,
                            suggestion, create_time, due_time)
         SELECT $1, * FROM unnest($2::uuid[], $3::smallint[], $4::smallint[], $5::uuid[], $6::uuid[], $7::uuid[],
                                  $8::uuid[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[])
         ON CONFLICT (tenant_id, subject_id, kind) WHERE state <> 3
         DO UPDATE SET why = excluded.why, suggestion = excluded.suggestion
         RETURNING task_id",
    )
    .bind(tenant)
    .bind(column(tasks, |task| task.id.0))
    .bind(column(tasks, |task| task.kind as i32))
    .bind(column(tasks, |task| task.state as i32))
    .bind(column(tasks, |task| task.about.subject))
    .bind(column(tasks, |task| task.about.candidate_id.0))
    .bind(column(tasks, |task| task.about.application_id.0))
    .bind(column(tasks, |task| task.about.interview_id.map(|id| id.0)))
    .bind(column(tasks, |task| task.why.clone()))
    .bind(column(tasks, |task| task.suggestion.clone()))
    .bind(column(tasks, |task| task.create_time))
    .bind(column(tasks, |task| task.due_time))
    .fetch_all(tx.conn())
    .await?;
    Ok(standing.into_iter().collect())
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
