//! The table `contact_briefs`.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Result, TenantTx};
use sqlx::types::Json;

use crate::domain::{brief::Brief, candidate::CandidateId};

/// What one service has told of people, of those of whom it has told something.
pub async fn of_source(
    tx: &mut TenantTx,
    candidates: &BTreeSet<CandidateId>,
    source: &str,
) -> Result<BTreeMap<CandidateId, Brief>> {
    let tenant = tx.tenant();
    let rows: Vec<(CandidateId, Json<Brief>)> = sqlx::query_as(
        "SELECT candidate_id, content FROM contact_briefs WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND source = $3",
    )
    .bind(tenant)
    .bind(candidates.iter().copied().collect::<Vec<_>>())
    .bind(source)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(candidate, Json(told))| (candidate, told)).collect())
}

pub async fn save(tx: &mut TenantTx, source: &str, told: &BTreeMap<CandidateId, Brief>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO contact_briefs (tenant_id, candidate_id, source, content)
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

/// What all services have told of people and of all who are part of them, in the order asked for; of those whom the pool
/// knows. In place of somebody who is part of another person stands that one.
pub async fn of(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<(CandidateId, Brief)>> {
    let tenant = tx.tenant();
    let rows: Vec<(i64, CandidateId, Option<Json<Brief>>)> = sqlx::query_as(
        "SELECT asked.place, root.id, b.content
         FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (candidate_id, place)
         JOIN candidates c ON c.tenant_id = $1 AND c.candidate_id = asked.candidate_id
         CROSS JOIN LATERAL (SELECT coalesce(c.merged_into, c.candidate_id) AS id) AS root
         CROSS JOIN LATERAL (
             SELECT root.id AS candidate_id
             UNION ALL SELECT m.candidate_id FROM candidates m WHERE m.tenant_id = $1 AND m.merged_into = root.id
         ) AS member
         LEFT JOIN contact_briefs b ON b.tenant_id = $1 AND b.candidate_id = member.candidate_id
         ORDER BY asked.place, b.source, member.candidate_id",
    )
    .bind(tenant)
    .bind(candidates.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut briefs: Vec<(i64, CandidateId, Brief)> = Vec::new();
    for (place, candidate, content) in rows {
        let told = content.map(|Json(brief)| brief).unwrap_or_default();
        match briefs.last_mut() {
            Some((last, _, brief)) if *last == place => *brief = std::mem::take(brief).and(told),
            _ => briefs.push((place, candidate, told)),
        }
    }
    Ok(briefs.into_iter().map(|(_, candidate, brief)| (candidate, brief)).collect())
}
