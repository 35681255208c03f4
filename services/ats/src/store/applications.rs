//! The tables `applications` and `transitions`.

use std::collections::BTreeMap;

use chassis::{Actor, Error, OnConstraint as _, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::ats::v1::{ApplicationState, Turn as Whose};

use super::known;
use crate::domain::{
    CandidateId,
    application::{Application, ApplicationId, Transition},
    job::JobId,
};

/// One live application per person and job.
const ONE_LIVE: &str = "applications_one_live";

#[derive(FromRow)]
struct Row {
    application_id: ApplicationId,
    job_id: JobId,
    candidate_id: CandidateId,
    stage: String,
    state: i16,
    source: String,
    version: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    stage_time: DateTime<Utc>,
    /// Not known of how it once was.
    #[sqlx(default)]
    clash_with: Option<ApplicationId>,
}

impl Row {
    fn application(self) -> Result<Application> {
        Ok(Application {
            id: self.application_id,
            job_id: self.job_id,
            candidate_id: self.candidate_id,
            stage: self.stage,
            state: known(self.state)?,
            source: self.source,
            version: self.version,
            create_time: self.create_time,
            update_time: self.update_time,
            stage_time: self.stage_time,
            clash_with: self.clash_with,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, application: &Application) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO applications (tenant_id, application_id, job_id, candidate_id, stage, state, source, version,
                                   create_time, update_time, stage_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tenant)
    .bind(application.id)
    .bind(application.job_id)
    .bind(application.candidate_id)
    .bind(&application.stage)
    .bind(application.state as i32)
    .bind(&application.source)
    .bind(application.version)
    .bind(application.create_time)
    .bind(application.update_time)
    .bind(application.stage_time)
    .execute(tx.conn())
    .await
    .on_constraint(ONE_LIVE, exists)?;
    Ok(())
}

pub async fn get(tx: &mut TenantTx, id: ApplicationId) -> Result<Application> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM applications WHERE tenant_id = $1 AND application_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.application()
}

/// How far these have come, those that there are.
pub async fn states(tx: &mut TenantTx, ids: &[ApplicationId]) -> Result<BTreeMap<ApplicationId, ApplicationState>> {
    let tenant = tx.tenant();
    let rows: Vec<(ApplicationId, i16)> = sqlx::query_as(
        "SELECT application_id, state FROM applications WHERE tenant_id = $1 AND application_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|(id, state)| Ok((id, known(state)?))).collect()
}

/// The application that somebody made last, and who owns its job; empty when nobody does.
pub async fn last_of(tx: &mut TenantTx, candidate: CandidateId) -> Result<Option<(ApplicationId, String)>> {
    let tenant = tx.tenant();
    let last = sqlx::query_as(
        "SELECT a.application_id, j.owner FROM applications a JOIN jobs j USING (tenant_id, job_id)
         WHERE a.tenant_id = $1 AND a.candidate_id = $2 ORDER BY a.create_time DESC, a.application_id DESC LIMIT 1",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_optional(tx.conn())
    .await?;
    Ok(last)
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ApplicationId) -> Result<Application> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM applications WHERE tenant_id = $1 AND application_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.ok_or_else(not_found)?.application()
}

/// As [`lock`], but does not wait for whoever is at it; `None` then, and where there is no such application.
pub async fn lock_unless_busy(tx: &mut TenantTx, id: ApplicationId) -> Result<Option<Application>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM applications WHERE tenant_id = $1 AND application_id = $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::application).transpose()
}

/// Writes the state after a step, and the step.
pub async fn go(tx: &mut TenantTx, application: &Application, step: &Transition) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "WITH gone AS (UPDATE applications SET stage = $3, state = $4, version = $5, update_time = $6, stage_time = $7
                       WHERE tenant_id = $1 AND application_id = $2)
         INSERT INTO transitions (tenant_id, application_id, version, from_stage, to_stage, to_state, actor, reason, time)
         VALUES ($1, $2, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(tenant)
    .bind(application.id)
    .bind(&application.stage)
    .bind(application.state as i32)
    .bind(application.version)
    .bind(application.update_time)
    .bind(application.stage_time)
    .bind(step.version)
    .bind(&step.from_stage)
    .bind(&step.to_stage)
    .bind(step.to_state as i32)
    .bind(step.actor.as_str())
    .bind(&step.reason)
    .bind(step.time)
    .execute(tx.conn())
    .await
    .on_constraint(ONE_LIVE, exists)?;
    Ok(())
}

pub async fn insert_transition(tx: &mut TenantTx, id: ApplicationId, step: &Transition) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO transitions (tenant_id, application_id, version, from_stage, to_stage, to_state, actor, reason, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(id)
    .bind(step.version)
    .bind(&step.from_stage)
    .bind(&step.to_stage)
    .bind(step.to_state as i32)
    .bind(step.actor.as_str())
    .bind(&step.reason)
    .bind(step.time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An application's steps up to some instant, oldest first.
pub async fn transitions(
    tx: &mut TenantTx,
    id: ApplicationId,
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Transition>> {
    #[derive(FromRow)]
    struct Step {
        version: i64,
        from_stage: String,
        to_stage: String,
        to_state: i16,
        actor: String,
        reason: String,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let steps: Vec<Step> = sqlx::query_as(
        "SELECT * FROM transitions
         WHERE tenant_id = $1 AND application_id = $2 AND ($3::timestamptz IS NULL OR time <= $3) ORDER BY version",
    )
    .bind(tenant)
    .bind(id)
    .bind(until)
    .fetch_all(tx.conn())
    .await?;
    let step = |step: Step| {
        Ok(Transition {
            version: step.version,
            from_stage: step.from_stage,
            to_stage: step.to_stage,
            to_state: known(step.to_state)?,
            actor: Actor::new(&step.actor),
            reason: step.reason,
            time: step.time,
        })
    };
    steps.into_iter().map(step).collect()
}

/// Whoever is live on a job.
pub async fn live_on(tx: &mut TenantTx, job: JobId) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM applications WHERE tenant_id = $1 AND job_id = $2 AND state = 1 ORDER BY application_id",
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::application).collect()
}

/// Which applications to list.
#[derive(Debug, Default)]
pub struct Filter {
    pub job: Option<JobId>,
    pub candidate: Option<CandidateId>,
    pub state: ApplicationState,
    pub stage: String,
    pub turn: Whose,
}

/// As they are now.
pub async fn list(tx: &mut TenantTx, page: &Page, filter: &Filter) -> Result<Vec<Application>> {
    let sql = "SELECT * FROM applications
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR job_id = $2) AND ($3::uuid IS NULL OR candidate_id = $3)
           AND ($4 = 0 OR state = $4) AND ($5 = '' OR stage = $5)
           AND ($9 = 0 OR EXISTS (SELECT FROM turns t WHERE t.tenant_id = $1
                                    AND t.application_id = applications.application_id AND t.turn = $9))
           AND ($6::timestamptz IS NULL OR (create_time, application_id) < ($6, $7))
         ORDER BY create_time DESC, application_id DESC LIMIT $8";
    select(tx, sql, page, filter, None).await
}

/// Who has waited longest for whoever's turn it is.
pub async fn list_waiting(tx: &mut TenantTx, page: &Page, filter: &Filter) -> Result<Vec<Application>> {
    let sql = "SELECT a.* FROM turns t
         JOIN applications a ON a.tenant_id = t.tenant_id AND a.application_id = t.application_id
         WHERE t.tenant_id = $1 AND t.turn = $9 AND ($2::uuid IS NULL OR a.job_id = $2)
           AND ($3::uuid IS NULL OR a.candidate_id = $3) AND ($4 = 0 OR a.state = $4) AND ($5 = '' OR a.stage = $5)
           AND ($6::timestamptz IS NULL OR (t.since, t.application_id) > ($6, $7))
         ORDER BY t.since, t.application_id LIMIT $8";
    select(tx, sql, page, filter, None).await
}

/// As they were at an instant: the last step until then says where each stood.
pub async fn list_at(
    tx: &mut TenantTx,
    page: &Page,
    filter: &Filter,
    instant: DateTime<Utc>,
) -> Result<Vec<Application>> {
    let sql =
        "SELECT a.application_id, a.job_id, a.candidate_id, last.to_stage AS stage, last.to_state AS state, a.source,
                last.version, a.create_time, last.time AS update_time, entered.time AS stage_time
         FROM applications a
         CROSS JOIN LATERAL (SELECT * FROM transitions t
             WHERE t.tenant_id = $1 AND t.application_id = a.application_id AND t.time <= $9
             ORDER BY t.version DESC LIMIT 1) last
         CROSS JOIN LATERAL (SELECT t.time FROM transitions t
             WHERE t.tenant_id = $1 AND t.application_id = a.application_id AND t.time <= $9 AND t.to_state = 1
             ORDER BY t.version DESC LIMIT 1) entered
         WHERE a.tenant_id = $1 AND ($2::uuid IS NULL OR a.job_id = $2) AND ($3::uuid IS NULL OR a.candidate_id = $3)
           AND ($4 = 0 OR last.to_state = $4) AND ($5 = '' OR last.to_stage = $5)
           AND ($6::timestamptz IS NULL OR (a.create_time, a.application_id) < ($6, $7)) AND a.create_time <= $9
         ORDER BY a.create_time DESC, a.application_id DESC LIMIT $8";
    select(tx, sql, page, filter, Some(instant)).await
}

async fn select(
    tx: &mut TenantTx,
    sql: &'static str,
    page: &Page,
    filter: &Filter,
    instant: Option<DateTime<Utc>>,
) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    let mut query = sqlx::query_as(sql)
        .bind(tenant)
        .bind(filter.job)
        .bind(filter.candidate)
        .bind(filter.state as i32)
        .bind(&filter.stage)
        .bind(page.after.map(|after| after.time))
        .bind(page.after.map(|after| after.id))
        .bind(page.limit());
    query = match instant {
        Some(instant) => query.bind(instant),
        None => query.bind(filter.turn as i32),
    };
    let rows: Vec<Row> = query.fetch_all(tx.conn()).await?;
    rows.into_iter().map(Row::application).collect()
}

fn exists() -> Error {
    Error::already_exists("APPLICATION_EXISTS", "this person has a live application for this job")
}

pub fn not_found() -> Error {
    Error::not_found("APPLICATION_NOT_FOUND", "there is no such application")
}
