//! The table `identity_keys`.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx};

use crate::domain::candidate::CandidateId;

/// So many people are looked at who share a key with somebody. What more of them share says nothing about two of them.
const COMMON: i64 = 50;

/// People with their keys.
pub type Keys = [(CandidateId, BTreeSet<String>)];

/// Writes people's keys in place of those that they had.
pub async fn replace(tx: &mut TenantTx, people: &Keys) -> Result<()> {
    let tenant = tx.tenant();
    let (mut ids, mut keys) = pairs(people);
    // The empty key says that somebody has looked.
    ids.extend(people.iter().map(|(candidate, _)| *candidate));
    keys.resize(ids.len(), "");
    sqlx::query(
        "WITH kept (candidate_id, key) AS (SELECT * FROM unnest($2::uuid[], $3::text[])), gone AS (
             DELETE FROM identity_keys k WHERE tenant_id = $1 AND candidate_id = ANY ($2)
               AND NOT EXISTS (SELECT FROM kept WHERE kept.candidate_id = k.candidate_id AND kept.key = k.key)
         )
         INSERT INTO identity_keys (tenant_id, candidate_id, key)
         SELECT $1, candidate_id, key FROM kept ORDER BY candidate_id, key ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(ids)
    .bind(keys)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Who shares a key with whom of these: of each key the [`COMMON`] who came last, and only those who stand for themselves.
pub async fn partners(tx: &mut TenantTx, people: &Keys) -> Result<Vec<(CandidateId, CandidateId)>> {
    let tenant = tx.tenant();
    let (ids, keys) = pairs(people);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let partners = sqlx::query_as(
        "SELECT DISTINCT sought.candidate_id, found.candidate_id
         FROM unnest($2::uuid[], $3::text[]) AS sought (candidate_id, key)
         CROSS JOIN LATERAL (
             SELECT k.candidate_id FROM identity_keys k
             JOIN candidates c ON c.tenant_id = k.tenant_id AND c.candidate_id = k.candidate_id
             WHERE k.tenant_id = $1 AND k.key = sought.key AND k.key <> '' AND k.candidate_id <> sought.candidate_id
               AND c.merged_into IS NULL
             ORDER BY k.candidate_id DESC LIMIT $4
         ) AS found",
    )
    .bind(tenant)
    .bind(ids)
    .bind(keys)
    .bind(COMMON)
    .fetch_all(tx.conn())
    .await?;
    Ok(partners)
}

fn pairs(people: &Keys) -> (Vec<CandidateId>, Vec<&str>) {
    people.iter().flat_map(|(candidate, keys)| keys.iter().map(|key| (*candidate, key.as_str()))).unzip()
}

/// People at whom nobody has looked, behind one of them.
pub async fn unseen(tx: &mut TenantTx, after: Option<CandidateId>, limit: i64) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let unseen = sqlx::query_scalar(
        "SELECT candidate_id FROM candidates c
         WHERE tenant_id = $1 AND merged_into IS NULL AND ($2::uuid IS NULL OR candidate_id > $2)
           AND NOT EXISTS (SELECT FROM identity_keys k
                           WHERE k.tenant_id = $1 AND k.candidate_id = c.candidate_id AND k.key = '')
         ORDER BY candidate_id LIMIT $3",
    )
    .bind(tenant)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(unseen)
}
