//! The table `cell_changes`: what many events change at once, until it is added to the cells.

use chassis::{Result, TenantId, TenantTx, db::SystemTx};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::domain::{
    cells::Change,
    cube::{Cube, MEASURES},
    generation::Generation,
};

/// Keeps changes, a row for each cube.
pub async fn append(tx: &mut TenantTx, generation: Generation, changes: &[Change]) -> Result<()> {
    let tenant = tx.tenant();
    for changes in changes.chunk_by(|one, other| one.cube == other.cube) {
        let Some(Change { cube, .. }) = changes.first() else { continue };
        let measures = cube.measures().len();
        sqlx::query(
            "INSERT INTO cell_changes (tenant_id, generation, cube, quarters, key_ids, measures) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(tenant)
        .bind(generation.number())
        .bind(cube.number())
        .bind(changes.iter().map(|change| change.quarter).collect::<Vec<_>>())
        .bind(changes.iter().map(|change| change.key).collect::<Vec<_>>())
        .bind(changes.iter().flat_map(|change| &change.counts[..measures]).copied().collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// How many rows wait.
pub async fn waiting(tx: &mut TenantTx, generation: Generation) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT count(*) FROM cell_changes WHERE tenant_id = $1 AND generation = $2")
        .bind(tenant)
        .bind(generation.number())
        .fetch_one(tx.conn())
        .await?)
}

/// Takes the oldest rows away, at most so many.
pub async fn take(tx: &mut TenantTx, generation: Generation, limit: i64) -> Result<Vec<Change>> {
    let tenant = tx.tenant();
    let rows = sqlx::query(
        "DELETE FROM cell_changes WHERE tenant_id = $1 AND generation = $2 AND change_id IN (
             SELECT change_id FROM cell_changes WHERE tenant_id = $1 AND generation = $2 ORDER BY change_id LIMIT $3)
         RETURNING cube, quarters, key_ids, measures",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let mut changes = Vec::new();
    for row in &rows {
        if let Some(cube) = Cube::of(row.try_get(0)?) {
            changes.extend(read(cube, row, 1)?);
        }
    }
    Ok(changes)
}

/// The changes of a row whose columns `quarters`, `key_ids` and `measures` begin at that one.
pub fn read(cube: Cube, row: &PgRow, column: usize) -> Result<Vec<Change>> {
    let quarters: Vec<i32> = row.try_get(column)?;
    let keys: Vec<i64> = row.try_get(column + 1)?;
    let measures: Vec<i32> = row.try_get(column + 2)?;
    // As many as whoever wrote it knew.
    let width = (measures.len() / quarters.len().max(1)).clamp(1, MEASURES);
    let rows = quarters.into_iter().zip(keys).zip(measures.chunks_exact(width));
    let change = |((quarter, key), measures): ((i32, i64), &[i32])| {
        let mut counts = [0; MEASURES];
        counts[..measures.len()].copy_from_slice(measures);
        Change { cube, quarter, key, counts }
    };
    Ok(rows.map(change).collect())
}

/// Whose changes wait, and of which figures.
pub async fn all(tx: &mut SystemTx) -> Result<Vec<(TenantId, Generation)>> {
    let found: Vec<(Uuid, i16)> =
        sqlx::query_as("SELECT DISTINCT tenant_id, generation FROM cell_changes").fetch_all(tx.conn()).await?;
    let known = |(tenant, generation)| Some((TenantId(tenant), Generation::of(generation)?));
    Ok(found.into_iter().filter_map(known).collect())
}
