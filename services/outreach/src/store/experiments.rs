//! The tables `experiments`, `experiment_arms` and `experiment_members`.

use std::collections::HashMap;

use chassis::{Error, OnConstraint as _, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::MessageKind;

use super::known;
use crate::domain::{
    experiment::{Arm, Assignment, Experiment, ExperimentId},
    message::CandidateId,
};

#[derive(FromRow)]
struct Row {
    experiment_id: ExperimentId,
    kind: i16,
    display_name: String,
    state: i16,
    create_time: DateTime<Utc>,
    start_time: Option<DateTime<Utc>>,
    stop_time: Option<DateTime<Utc>>,
}

/// Writes one down.
pub async fn insert(tx: &mut TenantTx, experiment: &Experiment) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO experiments (tenant_id, experiment_id, kind, display_name, state, create_time)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant)
    .bind(experiment.id)
    .bind(experiment.kind as i32)
    .bind(&experiment.display_name)
    .bind(experiment.state as i32)
    .bind(experiment.create_time)
    .execute(tx.conn())
    .await?;
    for (place, arm) in (1_i32..).zip(&experiment.arms) {
        sqlx::query(
            "INSERT INTO experiment_arms (tenant_id, experiment_id, place, name, template_id, weight)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(tenant)
        .bind(experiment.id)
        .bind(place)
        .bind(&arm.name)
        .bind(&arm.template_id)
        .bind(arm.weight)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Keeps where it stands. Errors: `EXPERIMENT_RUNNING`.
pub async fn update(tx: &mut TenantTx, experiment: &Experiment) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE experiments SET state = $3, start_time = $4, stop_time = $5
         WHERE tenant_id = $1 AND experiment_id = $2",
    )
    .bind(tenant)
    .bind(experiment.id)
    .bind(experiment.state as i32)
    .bind(experiment.start_time)
    .bind(experiment.stop_time)
    .execute(tx.conn())
    .await
    .on_constraint("experiments_running", || {
        Error::failed_precondition("EXPERIMENT_RUNNING", "another experiment of this kind runs; stop it first")
    })?;
    Ok(())
}

/// The one that draws readers of a kind now.
pub async fn running(tx: &mut TenantTx, kind: MessageKind) -> Result<Option<Experiment>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM experiments WHERE tenant_id = $1 AND kind = $2 AND state = 2")
        .bind(tenant)
        .bind(kind as i32)
        .fetch_optional(tx.conn())
        .await?;
    one(tx, row).await
}

/// One of them.
pub async fn get(tx: &mut TenantTx, id: ExperimentId) -> Result<Experiment> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM experiments WHERE tenant_id = $1 AND experiment_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    one(tx, row).await?.ok_or_else(not_found)
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ExperimentId) -> Result<Experiment> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM experiments WHERE tenant_id = $1 AND experiment_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    one(tx, row).await?.ok_or_else(not_found)
}

/// One page, newest first.
pub async fn list(tx: &mut TenantTx, page: &Page, kind: Option<MessageKind>) -> Result<Vec<Experiment>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM experiments
         WHERE tenant_id = $1 AND ($2::int IS NULL OR kind = $2)
           AND ($3::timestamptz IS NULL OR (create_time, experiment_id) < ($3, $4))
         ORDER BY create_time DESC, experiment_id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(kind.map(|kind| kind as i32))
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    with_arms(tx, rows).await
}

/// The running experiment that compares this version, whichever of its languages is named.
pub async fn comparing(tx: &mut TenantTx, template_id: &str) -> Result<Option<ExperimentId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT e.experiment_id FROM experiments e JOIN experiment_arms a USING (tenant_id, experiment_id)
         WHERE e.tenant_id = $1 AND e.state = 2 AND a.template_id = $2 LIMIT 1",
    )
    .bind(tenant)
    .bind(template_id)
    .fetch_optional(tx.conn())
    .await?)
}

/// How many people each arm has.
pub async fn people(tx: &mut TenantTx, id: ExperimentId) -> Result<HashMap<String, i64>> {
    let tenant = tx.tenant();
    let counts: Vec<(String, i64)> = sqlx::query_as(
        "SELECT arm, count(*) FROM experiment_members WHERE tenant_id = $1 AND experiment_id = $2 GROUP BY arm",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    Ok(counts.into_iter().collect())
}

/// The arm that a person is in.
pub async fn assignment(
    tx: &mut TenantTx,
    experiment: ExperimentId,
    candidate: CandidateId,
) -> Result<Option<Assignment>> {
    let tenant = tx.tenant();
    let found: Option<(String, f64)> = sqlx::query_as(
        "SELECT arm, draw FROM experiment_members WHERE tenant_id = $1 AND candidate_id = $2 AND experiment_id = $3",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(experiment)
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|(arm, draw)| Assignment { experiment_id: experiment, arm, draw }))
}

/// Lets nobody else draw for a person before this transaction ends.
pub async fn hold(tx: &mut TenantTx, experiment: ExperimentId, candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 10))")
        .bind(format!("{tenant}/{experiment}/{candidate}"))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Puts people into arms, unless they are in one.
pub async fn assign_all(tx: &mut TenantTx, drawn: &[(CandidateId, &Assignment)]) -> Result<()> {
    if drawn.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO experiment_members (tenant_id, candidate_id, experiment_id, arm, draw, assign_time)
         SELECT $1, candidate, experiment, arm, draw, $6
         FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::float8[]) AS drawn (candidate, experiment, arm, draw)
         ORDER BY candidate, experiment
         ON CONFLICT (tenant_id, candidate_id, experiment_id) DO NOTHING",
    )
    .bind(tenant)
    .bind(drawn.iter().map(|(candidate, _)| *candidate).collect::<Vec<_>>())
    .bind(drawn.iter().map(|(_, drawn)| drawn.experiment_id).collect::<Vec<_>>())
    .bind(drawn.iter().map(|(_, drawn)| drawn.arm.as_str()).collect::<Vec<_>>())
    .bind(drawn.iter().map(|(_, drawn)| drawn.draw).collect::<Vec<_>>())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn one(tx: &mut TenantTx, row: Option<Row>) -> Result<Option<Experiment>> {
    Ok(with_arms(tx, row.into_iter().collect()).await?.pop())
}

async fn with_arms(tx: &mut TenantTx, rows: Vec<Row>) -> Result<Vec<Experiment>> {
    let tenant = tx.tenant();
    let mut experiments = Vec::with_capacity(rows.len());
    for row in rows {
        let arms: Vec<(String, String, i32)> = sqlx::query_as(
            "SELECT name, template_id, weight FROM experiment_arms
             WHERE tenant_id = $1 AND experiment_id = $2 ORDER BY place",
        )
        .bind(tenant)
        .bind(row.experiment_id)
        .fetch_all(tx.conn())
        .await?;
        let arms = arms.into_iter().map(|(name, template_id, weight)| Arm { name, template_id, weight });
        experiments.push(Experiment {
            id: row.experiment_id,
            kind: known(row.kind)?,
            display_name: row.display_name,
            state: known(row.state)?,
            arms: arms.collect(),
            create_time: row.create_time,
            start_time: row.start_time,
            stop_time: row.stop_time,
        });
    }
    Ok(experiments)
}

fn not_found() -> Error {
    Error::not_found("EXPERIMENT_NOT_FOUND", "there is no such experiment")
}
