//! The table `engagements`.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Result, TenantTx};
use sqlx::types::Json;

use crate::domain::{candidate::CandidateId, engagement::Engagement};

/// What one service has told of people, of those of whom it has told something.
pub async fn of_source(
    tx: &mut TenantTx,
    candidates: &BTreeSet<CandidateId>,
    source: &str,
) -> Result<BTreeMap<CandidateId, Engagement>> {
    let tenant = tx.tenant();
    let rows: Vec<(CandidateId, Json<Engagement>)> = sqlx::query_as(
        "SELECT candidate_id, content FROM engagements WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND source = $3",
    )
    .bind(tenant)
    .bind(candidates.iter().copied().collect::<Vec<_>>())
    .bind(source)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(candidate, Json(told))| (candidate, told)).collect())
}

pub async fn save(tx: &mut TenantTx, source: &str, told: &BTreeMap<CandidateId, Engagement>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO engagements (tenant_id, candidate_id, source, content)
         SELECT $1, said.id, $2, said.content FROM unnest($3::uuid[], $4::jsonb[]) AS said (id, content)
         ON CONFLICT (tenant_id, candidate_id, source) DO UPDATE SET content = excluded.content",
    )
    .bind(tenant)
    .bind(source)
    .bind(told.keys().copied().collect::<Vec<_>>())
    .bind(told.values().map(Json).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What all services have told of people, a row for each service.
pub async fn of(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<(CandidateId, Engagement)>> {
    let tenant = tx.tenant();
    let rows: Vec<(CandidateId, Json<Engagement>)> = sqlx::query_as(
        "SELECT candidate_id, content FROM engagements
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) ORDER BY candidate_id",
    )
    .bind(tenant)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(candidate, Json(engagement))| (candidate, engagement)).collect())
}
