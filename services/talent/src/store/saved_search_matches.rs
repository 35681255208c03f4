//! The table `saved_search_matches`: of whom somebody was told.

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{candidate::CandidateId, saved_search::SavedSearchId};

/// The most that are kept of each search.
const MOST: i64 = 1_000;

/// Somebody who began to match.
#[derive(Debug, Clone, FromRow)]
pub struct Match {
    #[sqlx(rename = "match_id")]
    pub id: Uuid,
    pub candidate_id: CandidateId,
    pub time: DateTime<Utc>,
    pub seen_time: Option<DateTime<Utc>>,
}

impl Match {
    /// Its place in the order.
    pub fn cursor(&self) -> Cursor {
        Cursor { time: self.time, id: self.id }
    }
}

/// Writes that these began to match, and forgets the oldest of searches that have many.
pub async fn insert(tx: &mut TenantTx, matches: &[(SavedSearchId, CandidateId)]) -> Result<()> {
    if matches.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    let ids: Vec<Uuid> = matches.iter().map(|_| Uuid::now_v7()).collect();
    let (searches, people): (Vec<SavedSearchId>, Vec<CandidateId>) = matches.iter().copied().unzip();
    sqlx::query(
        "INSERT INTO saved_search_matches (tenant_id, match_id, saved_search_id, candidate_id, time)
         SELECT $1, *, $5 FROM unnest($2::uuid[], $3::uuid[], $4::uuid[])",
    )
    .bind(tenant)
    .bind(&ids)
    .bind(&searches)
    .bind(&people)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "DELETE FROM saved_search_matches old USING (
             SELECT saved_search_id, (SELECT time FROM saved_search_matches
                                      WHERE tenant_id = $1 AND saved_search_id = searches.saved_search_id
                                      ORDER BY time DESC, match_id DESC OFFSET $3 LIMIT 1) AS last
             FROM (SELECT DISTINCT unnest($2::uuid[]) AS saved_search_id) searches) searches
         WHERE old.tenant_id = $1 AND old.saved_search_id = searches.saved_search_id AND old.time <= searches.last
           AND old.time < $4",
    )
    .bind(tenant)
    .bind(&searches)
    .bind(MOST)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One page of a search's, newest first.
pub async fn list(tx: &mut TenantTx, search: SavedSearchId, only_unseen: bool, page: &Page) -> Result<Vec<Match>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as(
        "SELECT * FROM saved_search_matches
         WHERE tenant_id = $1 AND saved_search_id = $2 AND (NOT $3 OR seen_time IS NULL)
           AND ($4::timestamptz IS NULL OR (time, match_id) < ($4, $5))
         ORDER BY time DESC, match_id DESC LIMIT $6",
    )
    .bind(tenant)
    .bind(search)
    .bind(only_unseen)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?)
}

/// How many of each search nobody has seen.
pub async fn unseen(tx: &mut TenantTx, searches: &[SavedSearchId]) -> Result<Vec<(SavedSearchId, i64)>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as(
        "SELECT saved_search_id, count(*) FROM saved_search_matches
         WHERE tenant_id = $1 AND saved_search_id = ANY ($2) AND seen_time IS NULL
         GROUP BY saved_search_id",
    )
    .bind(tenant)
    .bind(searches)
    .fetch_all(tx.conn())
    .await?)
}

/// Those up to a time were seen; says how many were not before.
pub async fn acknowledge(tx: &mut TenantTx, search: SavedSearchId, until: Option<DateTime<Utc>>) -> Result<i64> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let seen = sqlx::query(
        "UPDATE saved_search_matches SET seen_time = $3
         WHERE tenant_id = $1 AND saved_search_id = $2 AND seen_time IS NULL
           AND ($4::timestamptz IS NULL OR time <= $4)",
    )
    .bind(tenant)
    .bind(search)
    .bind(now)
    .bind(until)
    .execute(tx.conn())
    .await?;
    Ok(i64::try_from(seen.rows_affected()).unwrap_or(i64::MAX))
}
