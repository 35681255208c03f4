//! The table `identity_keys`.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx};

use crate::domain::candidate::CandidateId;

/// So many people are looked at who share a key with somebody. What more of them share says nothing about two of them.
const COMMON: i64 = 50;

/// Writes a person's keys in place of those that they had. Who shares one: of each key the [`COMMON`] who came last, and
/// only those who stand for themselves.
pub async fn replace(
    tx: &mut TenantTx,
    candidate: CandidateId,
    keys: &BTreeSet<String>,
) -> Result<BTreeSet<CandidateId>> {
    let tenant = tx.tenant();
    // The empty key says that somebody has looked.
    let partners: Vec<CandidateId> = sqlx::query_scalar(
        "WITH gone AS (
             DELETE FROM identity_keys WHERE tenant_id = $1 AND candidate_id = $2 AND key <> '' AND key <> ALL ($3)
         ), come AS (
             INSERT INTO identity_keys (tenant_id, candidate_id, key) SELECT $1, $2, unnest(array_append($3::text[], ''))
             ON CONFLICT DO NOTHING
         )
         SELECT DISTINCT found.candidate_id FROM unnest($3::text[]) AS sought (key)
         CROSS JOIN LATERAL (
             SELECT k.candidate_id FROM identity_keys k
             JOIN candidates c ON c.tenant_id = k.tenant_id AND c.candidate_id = k.candidate_id
             WHERE k.tenant_id = $1 AND k.key = sought.key AND k.key <> '' AND k.candidate_id <> $2
               AND c.merged_into IS NULL
             ORDER BY k.candidate_id DESC LIMIT $4
         ) AS found",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(keys.iter().map(String::as_str).collect::<Vec<_>>())
    .bind(COMMON)
    .fetch_all(tx.conn())
    .await?;
    Ok(partners.into_iter().collect())
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
