//! The table `risk_models`, and the facts that a model is learned from.

use chassis::{Result, TenantTx};
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::{generation::Generation, risk::model::Model};

/// So many models of a tenant are kept.
const KEPT: i32 = 20;

/// The last model; `None` where there is none, or where another program wrote it in a way that this one does not read.
pub async fn last(tx: &mut TenantTx) -> Result<Option<Model>> {
    let tenant = tx.tenant();
    let found: Option<serde_json::Value> =
        sqlx::query_scalar("SELECT model FROM risk_models WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1")
            .bind(tenant)
            .fetch_optional(tx.conn())
            .await?;
    Ok(found.and_then(|model| serde_json::from_value(model).ok()))
}

/// The number of the next model.
pub async fn next_version(tx: &mut TenantTx) -> Result<i32> {
    let tenant = tx.tenant();
    let last: Option<i32> = sqlx::query_scalar("SELECT max(version) FROM risk_models WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_one(tx.conn())
        .await?;
    Ok(last.unwrap_or_default() + 1)
}

/// Keeps a model, and lets go of the oldest.
pub async fn insert(tx: &mut TenantTx, version: i32, model: &Model) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query("INSERT INTO risk_models (tenant_id, version, train_time, model) VALUES ($1, $2, $3, $4)")
        .bind(tenant)
        .bind(version)
        .bind(now)
        .bind(Json(model))
        .execute(tx.conn())
        .await?;
    sqlx::query("DELETE FROM risk_models WHERE tenant_id = $1 AND version <= $2")
        .bind(tenant)
        .bind(version - KEPT)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The roots of the interviews of which it became known last who came, at most so many.
pub async fn attended_roots(tx: &mut TenantTx, generation: Generation, limit: i64) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT root FROM (
             SELECT root FROM facts WHERE tenant_id = $1 AND generation = $2 AND kind = 14 ORDER BY time DESC LIMIT $3) last
         ORDER BY root",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Where interviews are: each with its root.
pub async fn roots_of(tx: &mut TenantTx, generation: Generation, interviews: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as(
        "SELECT subject, root FROM facts WHERE tenant_id = $1 AND generation = $2 AND kind = 10 AND subject = ANY ($3)",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(interviews)
    .fetch_all(tx.conn())
    .await?)
}

/// Whose roots these are, and the person's other roots with interviews that are over.
pub async fn siblings(tx: &mut TenantTx, generation: Generation, roots: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as(
        "SELECT one.root, other.root FROM roots one
         JOIN roots other ON other.tenant_id = one.tenant_id AND other.generation = one.generation
             AND other.person = one.person AND other.root <> one.root
         WHERE one.tenant_id = $1 AND one.generation = $2 AND one.root = ANY ($3)",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(roots)
    .fetch_all(tx.conn())
    .await?)
}
