//! The tables `applications` and `transitions`.

use chassis::{Actor, Error, OnConstraint as _, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::known;
use crate::domain::{
    CandidateId,
    application::{Application, ApplicationId, Transition},
    job::JobId,
};

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
        })
    }
}

pub async fn insert(tx: &mut TenantTx, application: &Application) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO applications (tenant_id, application_id, job_id, candidate_id, stage, state, source, version,
                                   create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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
    .execute(tx.conn())
    .await
    .on_constraint("applications_one_live", || {
        Error::already_exists("APPLICATION_EXISTS", "this person has a live application for this job")
    })?;
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

/// Writes the state after a step, and the step.
pub async fn go(tx: &mut TenantTx, application: &Application, step: &Transition) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE applications SET stage = $3, state = $4, version = $5, update_time = $6
         WHERE tenant_id = $1 AND application_id = $2",
    )
    .bind(tenant)
    .bind(application.id)
    .bind(&application.stage)
    .bind(application.state as i32)
    .bind(application.version)
    .bind(application.update_time)
    .execute(tx.conn())
    .await?;
    insert_transition(tx, application.id, step).await
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

/// An application's steps, oldest first.
pub async fn transitions(tx: &mut TenantTx, id: ApplicationId) -> Result<Vec<Transition>> {
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
    let steps: Vec<Step> =
        sqlx::query_as("SELECT * FROM transitions WHERE tenant_id = $1 AND application_id = $2 ORDER BY version")
            .bind(tenant)
            .bind(id)
            .fetch_all(tx.conn())
            .await?;
    steps
        .into_iter()
        .map(|step| {
            Ok(Transition {
                version: step.version,
                from_stage: step.from_stage,
                to_stage: step.to_stage,
                to_state: known(step.to_state)?,
                actor: Actor::new(&step.actor),
                reason: step.reason,
                time: step.time,
            })
        })
        .collect()
}

pub async fn list(
    tx: &mut TenantTx,
    page: &Page,
    job: Option<JobId>,
    candidate: Option<CandidateId>,
) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM applications
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR job_id = $2) AND ($3::uuid IS NULL OR candidate_id = $3)
           AND ($4::timestamptz IS NULL OR (create_time, application_id) < ($4, $5))
         ORDER BY create_time DESC, application_id DESC LIMIT $6",
    )
    .bind(tenant)
    .bind(job)
    .bind(candidate)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::application).collect()
}

fn not_found() -> Error {
    Error::not_found("APPLICATION_NOT_FOUND", "there is no such application")
}
