//! The tables `tasks` and `task_steps`.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::ats::v1::{TaskKind, TaskState, TaskStepKind};
use uuid::Uuid;

use super::known;
use crate::domain::{
    CandidateId,
    application::ApplicationId,
    interview::InterviewId,
    job::JobId,
    task::{About, Assignment, Last, Snooze, Step, Task, TaskId},
    workbench::{Filter, Whose},
};

#[derive(FromRow)]
struct Row {
    task_id: TaskId,
    kind: i16,
    state: i16,
    subject_id: Uuid,
    candidate_id: CandidateId,
    application_id: Option<ApplicationId>,
    interview_id: Option<InterviewId>,
    why: String,
    suggestion: String,
    create_time: DateTime<Utc>,
    due_time: DateTime<Utc>,
    claimed_by: Option<String>,
    claim_time: Option<DateTime<Utc>>,
    // Rows of before there were these have none.
    job_id: Option<JobId>,
    cause_time: Option<DateTime<Utc>>,
    assignee: Option<String>,
    assigned_by: Option<String>,
    assign_time: Option<DateTime<Utc>>,
    snooze_until: Option<DateTime<Utc>>,
    snoozed_by: Option<String>,
    snooze_time: Option<DateTime<Utc>>,
    version: i64,
    step: i16,
    step_actor: String,
    step_time: Option<DateTime<Utc>>,
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
            job_id: self.job_id,
            cause_time: self.cause_time.unwrap_or_else(|| self.due_time.min(self.create_time)),
            assignment: match (self.assignee, self.assigned_by, self.assign_time) {
                (Some(assignee), Some(by), Some(time)) => Some(Assignment { assignee, by, time }),
                _ => None,
            },
            snooze: match (self.snooze_until, self.snoozed_by, self.snooze_time) {
                (Some(until), Some(by), Some(time)) => Some(Snooze { until, by, time }),
                _ => None,
            },
            version: self.version,
            last: Last {
                kind: known(self.step)?,
                actor: self.step_actor,
                time: self.step_time.unwrap_or(self.create_time),
            },
        })
    }
}

/// Puts tasks into the workbench. Where the same task stands already, that one says the newer why. The answer is which of
/// them are fresh, and which stood there and say something else now.
pub async fn insert(tx: &mut TenantTx, tasks: &[Task]) -> Result<(Vec<Task>, Vec<Task>)> {
    fn column<T>(tasks: &[Task], of: impl Fn(&Task) -> T) -> Vec<T> {
        tasks.iter().map(of).collect()
    }
    let (tenant, actor, now) = (tx.tenant(), tx.ctx().actor.clone(), tx.now());
    let rows: Vec<Row> = sqlx::query_as(
        "INSERT INTO tasks (tenant_id, task_id, kind, state, subject_id, candidate_id, application_id, interview_id, why,
                            suggestion, create_time, due_time, cause_time, job_id, step_actor, step_time)
         SELECT $1, said.*, (SELECT job_id FROM applications a
                             WHERE a.tenant_id = $1 AND a.application_id = said.application_id), $14, $15
         FROM unnest($2::uuid[], $3::smallint[], $4::smallint[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[],
                     $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[])
              AS said (task_id, kind, state, subject_id, candidate_id, application_id, interview_id, why, suggestion,
                       create_time, due_time, cause_time)
         ON CONFLICT (tenant_id, subject_id, kind) WHERE state <> 3
         DO UPDATE SET why = excluded.why, suggestion = excluded.suggestion, cause_time = excluded.cause_time,
                       version = tasks.version + 1, step = 2, step_actor = excluded.step_actor,
                       step_time = excluded.step_time
         WHERE (tasks.why, tasks.suggestion) IS DISTINCT FROM (excluded.why, excluded.suggestion)
         RETURNING *",
    )
    .bind(tenant)
    .bind(column(tasks, |task| task.id.0))
    .bind(column(tasks, |task| task.kind as i32))
    .bind(column(tasks, |task| task.state as i32))
    .bind(column(tasks, |task| task.about.subject))
    .bind(column(tasks, |task| task.about.candidate_id.0))
    .bind(column(tasks, |task| task.about.application_id.map(|id| id.0)))
    .bind(column(tasks, |task| task.about.interview_id.map(|id| id.0)))
    .bind(column(tasks, |task| task.why.clone()))
    .bind(column(tasks, |task| task.suggestion.clone()))
    .bind(column(tasks, |task| task.create_time))
    .bind(column(tasks, |task| task.due_time))
    .bind(column(tasks, |task| task.cause_time))
    .bind(actor.as_str())
    .bind(now)
    .fetch_all(tx.conn())
    .await?;
    let standing = rows.into_iter().map(Row::task).collect::<Result<Vec<_>>>()?;
    Ok(standing.into_iter().partition(|task| task.last.kind == TaskStepKind::Created))
}

/// Writes into tasks' histories.
pub async fn insert_steps(tx: &mut TenantTx, steps: &[(TaskId, Step)]) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO task_steps (tenant_id, task_id, version, kind, actor, time, assignee, until_time)
         SELECT $1, * FROM unnest($2::uuid[], $3::bigint[], $4::smallint[], $5::text[], $6::timestamptz[], $7::text[],
                                  $8::timestamptz[])",
    )
    .bind(tenant)
    .bind(steps.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
    .bind(steps.iter().map(|(_, step)| step.version).collect::<Vec<_>>())
    .bind(steps.iter().map(|(_, step)| step.kind as i32).collect::<Vec<_>>())
    .bind(steps.iter().map(|(_, step)| step.actor.clone()).collect::<Vec<_>>())
    .bind(steps.iter().map(|(_, step)| step.time).collect::<Vec<_>>())
    .bind(steps.iter().map(|(_, step)| step.assignee.clone()).collect::<Vec<_>>())
    .bind(steps.iter().map(|(_, step)| step.until).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What was done to tasks, each one's oldest first.
pub async fn steps(tx: &mut TenantTx, ids: &[TaskId]) -> Result<Vec<(TaskId, Step)>> {
    #[derive(FromRow)]
    struct Line {
        task_id: TaskId,
        version: i64,
        kind: i16,
        actor: String,
        time: DateTime<Utc>,
        assignee: Option<String>,
        until_time: Option<DateTime<Utc>>,
    }
    let tenant = tx.tenant();
    let lines: Vec<Line> = sqlx::query_as(
        "SELECT * FROM task_steps WHERE tenant_id = $1 AND task_id = ANY ($2) ORDER BY task_id, version",
    )
    .bind(tenant)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let step = |line: Line| {
        let Line { task_id, version, kind, actor, time, assignee, until_time } = line;
        Ok((task_id, Step { version, kind: known(kind)?, actor, time, assignee, until: until_time }))
    };
    lines.into_iter().map(step).collect()
}

pub async fn get(tx: &mut TenantTx, id: TaskId) -> Result<Task> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM tasks WHERE tenant_id = $1 AND task_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.task()
}

/// As [`lock`], but does not wait for whoever is at it; `None` then, and where there is no such task.
pub async fn lock_unless_busy(tx: &mut TenantTx, id: TaskId) -> Result<Option<Task>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM tasks WHERE tenant_id = $1 AND task_id = $2 FOR UPDATE SKIP LOCKED")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::task).transpose()
}

pub async fn lock(tx: &mut TenantTx, id: TaskId) -> Result<Task> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM tasks WHERE tenant_id = $1 AND task_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.task()
}

/// The open tasks about things, of the given kinds, locked.
pub async fn lock_open(tx: &mut TenantTx, subjects: &[Uuid], kinds: &[TaskKind]) -> Result<Vec<Task>> {
    let tenant = tx.tenant();
    let kinds: Vec<i32> = kinds.iter().map(|kind| *kind as i32).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM tasks WHERE tenant_id = $1 AND subject_id = ANY ($2) AND kind = ANY ($3) AND state <> 3
         ORDER BY task_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(subjects)
    .bind(&kinds)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::task).collect()
}

/// The open tasks about a person and about what was made for them, locked.
pub async fn open_about(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<Task>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM tasks WHERE tenant_id = $1 AND state <> 3 AND task_id IN (
             SELECT task_id FROM applications JOIN tasks USING (tenant_id, candidate_id, application_id)
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2 AND kind <> 30
             UNION ALL SELECT task_id FROM tasks WHERE tenant_id = $1 AND subject_id = $2 AND kind = 30)
         ORDER BY task_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::task).collect()
}

/// Writes what a step changes.
pub async fn update(tx: &mut TenantTx, task: &Task) -> Result<()> {
    let tenant = tx.tenant();
    let (assignment, snooze) = (task.assignment.as_ref(), task.snooze.as_ref());
    let done = task.state == TaskState::Done;
    sqlx::query(
        "UPDATE tasks SET state = $3, claimed_by = $4, claim_time = $5, assignee = $6, assigned_by = $7,
                          assign_time = $8, snooze_until = $9, snoozed_by = $10, snooze_time = $11, version = $12,
                          step = $13, step_actor = $14, step_time = $15,
                          done_by = CASE WHEN $16 THEN $14 END, done_time = CASE WHEN $16 THEN $15 END
         WHERE tenant_id = $1 AND task_id = $2",
    )
    .bind(tenant)
    .bind(task.id)
    .bind(task.state as i32)
    .bind(&task.claimed_by)
    .bind(task.claim_time)
    .bind(assignment.map(|assignment| &assignment.assignee))
    .bind(assignment.map(|assignment| &assignment.by))
    .bind(assignment.map(|assignment| assignment.time))
    .bind(snooze.map(|snooze| snooze.until))
    .bind(snooze.map(|snooze| &snooze.by))
    .bind(snooze.map(|snooze| snooze.time))
    .bind(task.version)
    .bind(task.last.kind as i32)
    .bind(&task.last.actor)
    .bind(task.last.time)
    .bind(done)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A list, led by what its index begins with.
macro_rules! listing {
    ($states:literal, $lead:literal, $place:literal) => {
        concat!(
            "SELECT * FROM tasks WHERE tenant_id = $1 AND ",
            $states,
            $lead,
            $place,
            " AND ($4::uuid IS NULL OR candidate_id = $4) AND ($5::uuid IS NULL OR job_id = $5)
              AND ($6::timestamptz IS NULL OR due_time < $6) AND ($7::int[] IS NULL OR kind = ANY ($7))
              AND ($8::text IS NULL OR coalesce(claimed_by, assignee) = $8)
              AND (NOT $9 OR coalesce(claimed_by, assignee) IS NULL)
              ORDER BY due_time, task_id LIMIT $11"
        )
    };
    ($states:literal, $lead:literal, after $after:expr) => {
        if $after {
            listing!($states, $lead, " AND (due_time, task_id) > ($2, $3)")
        } else {
            listing!($states, $lead, "")
        }
    };
    ($states:literal, $filter:expr, $after:expr) => {
        match $filter {
            Filter { whose: Whose::One(_), .. } => {
                listing!($states, " AND coalesce(claimed_by, assignee) = $8", after $after)
            }
            Filter { job: Some(_), .. } => listing!($states, " AND job_id = $5", after $after),
            Filter { candidate: Some(_), .. } => listing!($states, " AND candidate_id = $4", after $after),
            _ => listing!($states, "", after $after),
        }
    };
}

/// Most urgent first.
pub async fn list(tx: &mut TenantTx, page: &Page, filter: &Filter, show_done: bool) -> Result<Vec<Task>> {
    let tenant = tx.tenant();
    // A statement for each index and not one with OR: PostgreSQL keeps one plan for a statement that it has often seen.
    let sql = if show_done {
        listing!("($10 OR NOT $10)", filter, page.after.is_some())
    } else {
        listing!("state <> 3 AND (state <> 4 OR $10)", filter, page.after.is_some())
    };
    let whose = match &filter.whose {
        Whose::One(person) => Some(person),
        Whose::Anybodys | Whose::Nobodys => None,
    };
    let rows: Vec<Row> = sqlx::query_as(sql)
        .bind(tenant)
        .bind(page.after.map(|after| after.time))
        .bind(page.after.map(|after| after.id))
        .bind(filter.candidate)
        .bind(filter.job)
        .bind(filter.due_before)
        .bind((!filter.kinds.is_empty()).then_some(&filter.kinds))
        .bind(whose)
        .bind(filter.whose == Whose::Nobodys)
        .bind(filter.show_snoozed)
        .bind(page.limit())
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(Row::task).collect()
}

/// What the transaction sees from here on is one moment of the database. Comes before anything is read.
pub async fn hold_moment(tx: &mut TenantTx) -> Result<()> {
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").execute(tx.conn()).await?;
    Ok(())
}

/// A page of what a filter lists, behind a task.
pub async fn standing(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<(DateTime<Utc>, TaskId)>,
    size: i64,
) -> Result<Vec<Task>> {
    let after = after.map(|(time, id)| Cursor { time, id: id.0 });
    // A page asks for one row more than it has.
    let page = Page { size: usize::try_from(size - 1).unwrap_or_default(), after };
    list(tx, &page, filter, false).await
}

fn not_found() -> Error {
    Error::not_found("TASK_NOT_FOUND", "there is no such task")
}
