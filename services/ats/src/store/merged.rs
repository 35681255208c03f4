//! The table `merged_candidates`: who stands for a person whom talent has merged into another one.
//!
//! Whoever writes something in a person's name holds that name first, see [`settled`]; whoever merges or parts people holds
//! it alone, see [`hold_alone`]. So nothing is written for a person who is just becoming part of another one.

use chassis::{Result, TenantTx};

use crate::domain::CandidateId;

/// Who stands for a person; nobody becomes part of another person, or parts, on the way there before this transaction ends.
pub async fn settled(tx: &mut TenantTx, candidate: CandidateId) -> Result<CandidateId> {
    let mut last = candidate;
    loop {
        sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtextextended($1::text, 0))")
            .bind(last)
            .execute(tx.conn())
            .await?;
        match survivor(tx, last).await? {
            Some(survivor) => last = survivor,
            None => return Ok(last),
        }
    }
}

/// Nobody else writes in this person's name before this transaction ends.
pub async fn hold_alone(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))")
        .bind(candidate)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Who stands for a person now.
pub async fn stands_for(tx: &mut TenantTx, candidate: CandidateId) -> Result<CandidateId> {
    let mut last = candidate;
    while let Some(survivor) = survivor(tx, last).await? {
        last = survivor;
    }
    Ok(last)
}

async fn survivor(tx: &mut TenantTx, candidate: CandidateId) -> Result<Option<CandidateId>> {
    let tenant = tx.tenant();
    let survivor =
        sqlx::query_scalar("SELECT survivor_id FROM merged_candidates WHERE tenant_id = $1 AND candidate_id = $2")
            .bind(tenant)
            .bind(candidate)
            .fetch_optional(tx.conn())
            .await?;
    Ok(survivor)
}

/// All who are part of a person, the person too.
pub async fn parts(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let parts = sqlx::query_scalar(
        "WITH RECURSIVE parts AS (
             SELECT $2::uuid AS id
             UNION SELECT m.candidate_id FROM merged_candidates m JOIN parts ON m.survivor_id = parts.id
             WHERE m.tenant_id = $1
         )
         SELECT id FROM parts",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?;
    Ok(parts)
}

pub async fn insert(tx: &mut TenantTx, absorbed: CandidateId, survivor: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO merged_candidates (tenant_id, candidate_id, survivor_id) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, candidate_id) DO UPDATE SET survivor_id = excluded.survivor_id",
    )
    .bind(tenant)
    .bind(absorbed)
    .bind(survivor)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut TenantTx, absorbed: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM merged_candidates WHERE tenant_id = $1 AND candidate_id = $2")
        .bind(tenant)
        .bind(absorbed)
        .execute(tx.conn())
        .await?;
    Ok(())
}
