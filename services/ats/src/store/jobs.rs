//! The table `jobs`.

use chassis::{Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::ats::v1::JobState;

use super::known;
use crate::domain::job::{Job, JobId, Stage};

#[derive(FromRow)]
struct Row {
    job_id: JobId,
    title: String,
    company_name: String,
    location: String,
    description: String,
    required_skills: Vec<String>,
    openings: i32,
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
            openings: self.openings,
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
                           state, stages, version, create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
                         version = $9, update_time = $10
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
    .execute(tx.conn())
    .await?;
    Ok(())
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
