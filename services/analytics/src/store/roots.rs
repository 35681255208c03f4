//! The table `roots`: whose each root is, and to which job it belongs.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use uuid::Uuid;

use crate::domain::generation::Generation;

/// What is known of a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub id: Uuid,
    pub person: Option<Uuid>,
    pub job: Option<Uuid>,
}

/// Notes what is known; what was known before stays.
pub async fn note(tx: &mut TenantTx, generation: Generation, roots: &[Root]) -> Result<()> {
    if roots.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO roots AS known (tenant_id, generation, root, person, job)
         SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::uuid[])
         ON CONFLICT (tenant_id, generation, root) DO UPDATE
         SET person = coalesce(known.person, excluded.person), job = coalesce(known.job, excluded.job)
         WHERE known.person IS NULL AND excluded.person IS NOT NULL OR known.job IS NULL AND excluded.job IS NOT NULL",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(roots.iter().map(|root| root.id).collect::<Vec<_>>())
    .bind(roots.iter().map(|root| root.person).collect::<Vec<_>>())
    .bind(roots.iter().map(|root| root.job).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Roots are somebody else's.
pub async fn give(tx: &mut TenantTx, generation: Generation, moved: &BTreeMap<Uuid, Uuid>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE roots SET person = moved.person FROM unnest($3::uuid[], $4::uuid[]) AS moved (root, person)
         WHERE tenant_id = $1 AND generation = $2 AND roots.root = moved.root",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(moved.keys().copied().collect::<Vec<_>>())
    .bind(moved.values().copied().collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The roots of a person.
pub async fn of_person(tx: &mut TenantTx, generation: Generation, person: Uuid) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT root FROM roots WHERE tenant_id = $1 AND generation = $2 AND person = $3 ORDER BY root",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(person)
    .fetch_all(tx.conn())
    .await?)
}

/// Roots of a job behind another one, at most so many.
pub async fn of_job(
    tx: &mut TenantTx,
    generation: Generation,
    job: Uuid,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT root FROM roots WHERE tenant_id = $1 AND generation = $2 AND job = $3 AND root > $4 ORDER BY root LIMIT $5",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(job)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Forgets whose these are.
pub async fn delete(tx: &mut TenantTx, generation: Generation, roots: &[Uuid]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM roots WHERE tenant_id = $1 AND generation = $2 AND root = ANY ($3)")
        .bind(tenant)
        .bind(generation.number())
        .bind(roots)
        .execute(tx.conn())
        .await?;
    Ok(())
}
