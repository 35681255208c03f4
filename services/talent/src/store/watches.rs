//! The tables `watch_work` and `watched_people`: what is to be done for watched searches, and who matches them.

use chassis::{Result, SystemTx, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{candidate::CandidateId, saved_search::SavedSearchId};

/// Kinds of work.
const BEGIN: i16 = 1;
const LOOK: i16 = 2;

/// What is known of a person and a search.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Watched {
    pub saved_search_id: SavedSearchId,
    pub candidate_id: CandidateId,
    pub holds: bool,
    pub told_time: Option<DateTime<Utc>>,
}

/// The watch of a search is to begin.
pub async fn ask_to_begin(tx: &mut TenantTx, search: SavedSearchId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("INSERT INTO watch_work (tenant_id, kind, subject_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(tenant)
        .bind(BEGIN)
        .bind(search)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// People are to be held against the watched searches; nothing where the tenant watches none.
pub async fn ask_to_look(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<()> {
    if candidates.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO watch_work (tenant_id, kind, subject_id)
         SELECT $1, $2, changed.id FROM unnest($3::uuid[]) AS changed (id)
         WHERE EXISTS (SELECT FROM saved_searches WHERE tenant_id = $1 AND watch_state <> $4)
         ORDER BY changed.id ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(LOOK)
    .bind(candidates)
    .bind(super::saved_searches::OFF)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Tenants for whom something is to be done.
pub async fn tenants(tx: &mut SystemTx) -> Result<Vec<TenantId>> {
    Ok(sqlx::query_scalar("SELECT DISTINCT tenant_id FROM watch_work LIMIT 1000").fetch_all(tx.conn()).await?)
}

/// The searches whose watches are to begin.
pub async fn to_begin(tx: &mut TenantTx) -> Result<Vec<SavedSearchId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT subject_id FROM watch_work WHERE tenant_id = $1 AND kind = $2")
        .bind(tenant)
        .bind(BEGIN)
        .fetch_all(tx.conn())
        .await?)
}

/// That one has begun.
pub async fn has_begun(tx: &mut TenantTx, search: SavedSearchId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM watch_work WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3")
        .bind(tenant)
        .bind(BEGIN)
        .bind(search)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Takes people who are to be looked at off the list; whom another process is at is passed by. Nobody while a watch is to
/// begin: what changes meanwhile counts for it too.
pub async fn take(tx: &mut TenantTx, limit: i64) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "DELETE FROM watch_work
         WHERE tenant_id = $1 AND kind = $2 AND subject_id = ANY (ARRAY(
                 SELECT subject_id FROM watch_work
                 WHERE tenant_id = $1 AND kind = $2
                   AND NOT EXISTS (SELECT FROM watch_work WHERE tenant_id = $1 AND kind = $3)
                 ORDER BY subject_id LIMIT $4 FOR UPDATE SKIP LOCKED))
         RETURNING subject_id",
    )
    .bind(tenant)
    .bind(LOOK)
    .bind(BEGIN)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// What is known of people.
pub async fn of(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<Watched>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as("SELECT * FROM watched_people WHERE tenant_id = $1 AND candidate_id = ANY ($2)")
        .bind(tenant)
        .bind(candidates)
        .fetch_all(tx.conn())
        .await?)
}

/// Writes what is known now.
pub async fn put(tx: &mut TenantTx, watched: &[Watched]) -> Result<()> {
    if watched.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let searches: Vec<SavedSearchId> = watched.iter().map(|one| one.saved_search_id).collect();
    let people: Vec<CandidateId> = watched.iter().map(|one| one.candidate_id).collect();
    let holds: Vec<bool> = watched.iter().map(|one| one.holds).collect();
    let told: Vec<Option<DateTime<Utc>>> = watched.iter().map(|one| one.told_time).collect();
    sqlx::query(
        "INSERT INTO watched_people (tenant_id, saved_search_id, candidate_id, holds, told_time)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::timestamptz[])
         ON CONFLICT (tenant_id, saved_search_id, candidate_id)
         DO UPDATE SET holds = excluded.holds, told_time = excluded.told_time",
    )
    .bind(tenant)
    .bind(&searches)
    .bind(&people)
    .bind(&holds)
    .bind(&told)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Begins anew with those who match already; whom there are no more are left out.
pub async fn replace(tx: &mut TenantTx, search: SavedSearchId, matching: &[Uuid]) -> Result<()> {
    let tenant = tx.tenant();
    // Held first, as by whoever removes somebody: nobody is written down who is just being forgotten.
    let known: Vec<CandidateId> = sqlx::query_scalar(
        "SELECT candidate_id FROM candidates WHERE tenant_id = $1 AND candidate_id = ANY ($2)
         ORDER BY candidate_id FOR KEY SHARE",
    )
    .bind(tenant)
    .bind(matching)
    .fetch_all(tx.conn())
    .await?;
    sqlx::query("DELETE FROM watched_people WHERE tenant_id = $1 AND saved_search_id = $2")
        .bind(tenant)
        .bind(search)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "INSERT INTO watched_people (tenant_id, saved_search_id, candidate_id, holds)
         SELECT $1, $2, *, true FROM unnest($3::uuid[])",
    )
    .bind(tenant)
    .bind(search)
    .bind(known)
    .execute(tx.conn())
    .await?;
    Ok(())
}
