//! The table `engagements`.

use chassis::{Result, TenantTx};
use sqlx::types::Json;

use crate::domain::{candidate::CandidateId, engagement::Engagement};

/// What one service has told of a person.
pub async fn of_source(tx: &mut TenantTx, candidate: CandidateId, source: &str) -> Result<Engagement> {
    let tenant = tx.tenant();
    let content: Option<Json<Engagement>> = sqlx::query_scalar(
        "SELECT content FROM engagements WHERE tenant_id = $1 AND candidate_id = $2 AND source = $3",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(source)
    .fetch_optional(tx.conn())
    .await?;
    Ok(content.map(|Json(engagement)| engagement).unwrap_or_default())
}

pub async fn save(tx: &mut TenantTx, candidate: CandidateId, source: &str, engagement: &Engagement) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO engagements (tenant_id, candidate_id, source, content) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, candidate_id, source) DO UPDATE SET content = excluded.content",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(source)
    .bind(Json(engagement))
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
