//! The tables `jobs` and `job_transitions`.

use chassis::{Actor, Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::ats::v1::JobState;

use super::known;
use crate::domain::job::{Competency, Job, JobId, Member, Stage, Transition};

#[derive(FromRow)]
struct Row {
    job_id: JobId,
    title: String,
    company_name: String,
    location: String,
    description: String,
    required_skills: Vec<String>,
    wished_skills: Vec<String>,
    employment_type: i16,
    owner: String,
    hiring_team: Json<Vec<Member>>,
    competencies: Json<Vec<Competency>>,
    openings: i32,
    filled: i32,
    state: i16,
    stages: Json<Vec<Stage>>,
    version: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl Row {
    fn job(self) -> Result<Job> {
        Ok(Job {
            id: self.job_id,
            title: self.title,
            company_name: self.company_name,
            location: self.location,
            description: self.description,
            required_skills: self.required_skills,
            wished_skills: self.wished_skills,
            employment_type: known(self.employment_type)?,
            owner: self.owner,
            hiring_team: self.hiring_team.0,
            competencies: self.competencies.0,
            openings: self.openings,
            filled: self.filled,
            state: known(self.state)?,
            stages: self.stages.0,
            version: self.version,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, job: &Job) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO jobs (tenant_id, job_id, title, company_name, location, description, required_skills, openings,
                           state, stages, version, create_time, update_time, wished_skills, employment_type, owner,
                           hiring_team, competencies, filled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(tenant)
    .bind(job.id)
    .bind(&job.title)
    .bind(&job.company_name)
    .bind(&job.location)
    .bind(&job.description)
    .bind(&job.required_skills)
    .bind(job.openings)
    .bind(job.state as i32)
    .bind(Json(&job.stages))
    .bind(job.version)
    .bind(job.create_time)
    .bind(job.update_time)
    .bind(&job.wished_skills)
    .bind(job.employment_type as i32)
    .bind(&job.owner)
    .bind(Json(&job.hiring_team))
    .bind(Json(&job.competencies))
    .bind(job.filled)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn get(tx: &mut TenantTx, id: JobId) -> Result<Job> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM jobs WHERE tenant_id = $1 AND job_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.job()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: JobId) -> Result<Job> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM jobs WHERE tenant_id = $1 AND job_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.job()
}

/// As [`get`], and nobody changes it before this transaction ends; any number of transactions may look at once.
pub async fn hold_still(tx: &mut TenantTx, id: JobId) -> Result<Job> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM jobs WHERE tenant_id = $1 AND job_id = $2 FOR SHARE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.job()
}

pub async fn update(tx: &mut TenantTx, job: &Job) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE jobs SET title = $3, location = $4, description = $5, required_skills = $6, openings = $7, state = $8,
                         version = $9, update_time = $10, stages = $11, wished_skills = $12, employment_type = $13,
                         owner = $14, hiring_team = $15, competencies = $16, filled = $17
         WHERE tenant_id = $1 AND job_id = $2",
    )
    .bind(tenant)
    .bind(job.id)
    .bind(&job.title)
    .bind(&job.location)
    .bind(&job.description)
    .bind(&job.required_skills)
    .bind(job.openings)
    .bind(job.state as i32)
    .bind(job.version)
    .bind(job.update_time)
    .bind(Json(&job.stages))
    .bind(&job.wished_skills)
    .bind(job.employment_type as i32)
    .bind(&job.owner)
    .bind(Json(&job.hiring_team))
    .bind(Json(&job.competencies))
    .bind(job.filled)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes the state after a step, and the step.
pub async fn go(tx: &mut TenantTx, job: &Job, step: &Transition) -> Result<()> {
    update(tx, job).await?;
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO job_transitions (tenant_id, job_id, version, from_state, to_state, actor, reason, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(job.id)
    .bind(step.version)
    .bind(step.from_state as i32)
    .bind(step.to_state as i32)
    .bind(step.actor.as_str())
    .bind(&step.reason)
    .bind(step.time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A job's steps, oldest first.
pub async fn transitions(tx: &mut TenantTx, id: JobId) -> Result<Vec<Transition>> {
    #[derive(FromRow)]
    struct Step {
        version: i64,
        from_state: i16,
        to_state: i16,
        actor: String,
        reason: String,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let steps: Vec<Step> =
        sqlx::query_as("SELECT * FROM job_transitions WHERE tenant_id = $1 AND job_id = $2 ORDER BY version")
            .bind(tenant)
            .bind(id)
            .fetch_all(tx.conn())
            .await?;
    let step = |step: Step| {
        Ok(Transition {
            version: step.version,
            from_state: known(step.from_state)?,
            to_state: known(step.to_state)?,
            actor: Actor::new(&step.actor),
            reason: step.reason,
            time: step.time,
        })
    };
    steps.into_iter().map(step).collect()
}

pub async fn list(tx: &mut TenantTx, page: &Page, state: JobState) -> Result<Vec<Job>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM jobs
         WHERE tenant_id = $1 AND ($2 = 0 OR state = $2)
           AND ($3::timestamptz IS NULL OR (create_time, job_id) < ($3, $4))
         ORDER BY create_time DESC, job_id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(state as i32)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::job).collect()
}

fn not_found() -> Error {
    Error::not_found("JOB_NOT_FOUND", "there is no such job")
}
