//! What undoing an import needs of other tables: who is in use, removing a person, the table `undo_problems`.

use chassis::{Error, Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{candidate::CandidateId, imports::ImportId};

/// What has come to a person since they came with an import.
#[derive(Debug, FromRow)]
pub struct Since {
    pub candidate_id: CandidateId,
    /// They are one with somebody else.
    pub is_merged: bool,
    /// Another service has told something of them.
    pub has_history: bool,
    pub has_resume: bool,
    /// Words on purposes.
    pub consents: i64,
    /// Tags by hand.
    pub tags: i64,
}

/// What has come to people, in the order of their ids.
pub async fn since(tx: &mut TenantTx, people: &[CandidateId]) -> Result<Vec<Since>> {
    let tenant = tx.tenant();
    let since = sqlx::query_as(
        "SELECT candidate_id,
                EXISTS (SELECT FROM merges WHERE merges.tenant_id = $1 AND state = 1
                        AND (survivor_id = one.candidate_id OR absorbed_id = one.candidate_id)) AS is_merged,
                EXISTS (SELECT FROM timeline_entries AS told WHERE told.tenant_id = $1
                        AND told.candidate_id = one.candidate_id AND source <> 'talent') AS has_history,
                EXISTS (SELECT FROM resumes WHERE resumes.tenant_id = $1
                        AND resumes.candidate_id = one.candidate_id) AS has_resume,
                (SELECT count(*) FROM consents WHERE consents.tenant_id = $1
                        AND consents.candidate_id = one.candidate_id) AS consents,
                (SELECT count(*) FROM tags WHERE tags.tenant_id = $1
                        AND tags.candidate_id = one.candidate_id AND origin = 1) AS tags
         FROM unnest($2::uuid[]) AS one (candidate_id) ORDER BY candidate_id",
    )
    .bind(tenant)
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    Ok(since)
}

/// Removes people with everything that is known of them. False when something that this does not know of holds on to one
/// of them; then nobody is removed.
pub async fn remove(tx: &mut TenantTx, people: &[CandidateId]) -> Result<bool> {
    sqlx::query("SAVEPOINT removal").execute(tx.conn()).await?;
    match remove_all(tx, people).await {
        Ok(()) => {
            sqlx::query("RELEASE SAVEPOINT removal").execute(tx.conn()).await?;
            Ok(true)
        }
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => {
            sqlx::query("ROLLBACK TO SAVEPOINT removal").execute(tx.conn()).await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove_all(tx: &mut TenantTx, people: &[CandidateId]) -> sqlx::Result<()> {
    let tenant = tx.tenant();
    for statement in [
        "DELETE FROM consents WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM contact_points WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM candidates WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
    ] {
        sqlx::query(statement).bind(tenant).bind(people).execute(tx.conn()).await?;
    }
    forget_told(tx, people).await
}

/// Forgets what was told of somebody who is gone.
pub async fn forget_gone(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    Ok(forget_told(tx, &[candidate]).await?)
}

async fn forget_told(tx: &mut TenantTx, people: &[CandidateId]) -> sqlx::Result<()> {
    let tenant = tx.tenant();
    for statement in [
        // First, since whoever holds them against watched searches has this one.
        "DELETE FROM watch_work WHERE tenant_id = $1 AND kind = 2 AND subject_id = ANY ($2)",
        "DELETE FROM watched_people WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM saved_search_matches WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM tags WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM timeline_entries WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM contact_briefs WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM engagements WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM identity_keys WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
        "DELETE FROM duplicates WHERE tenant_id = $1 AND (first_id = ANY ($2) OR second_id = ANY ($2))",
    ] {
        sqlx::query(statement).bind(tenant).bind(people).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Takes words on purposes back. How many there were.
pub async fn delete_consents(tx: &mut TenantTx, candidate: CandidateId, consents: &[Uuid]) -> Result<u64> {
    let tenant = tx.tenant();
    let deleted =
        sqlx::query("DELETE FROM consents WHERE tenant_id = $1 AND candidate_id = $2 AND consent_id = ANY ($3)")
            .bind(tenant)
            .bind(candidate)
            .bind(consents)
            .execute(tx.conn())
            .await?;
    Ok(deleted.rows_affected())
}

/// Takes a tag that was given at that very time. Whether it was there.
pub async fn delete_tag(
    tx: &mut TenantTx,
    candidate: CandidateId,
    dimension: i32,
    name: &str,
    time: DateTime<Utc>,
) -> Result<bool> {
    let tenant = tx.tenant();
    let deleted = sqlx::query(
        "DELETE FROM tags WHERE tenant_id = $1 AND candidate_id = $2 AND dimension = $3 AND name = $4 AND subject = ''
           AND set_time = $5",
    )
    .bind(tenant)
    .bind(candidate)
    // The contract has few dimensions.
    .bind(i16::try_from(dimension).unwrap_or_default())
    .bind(name)
    .bind(time)
    .execute(tx.conn())
    .await?;
    Ok(deleted.rows_affected() > 0)
}

/// Why not everything could be undone of somebody.
#[derive(Debug, Clone, FromRow)]
pub struct Problem {
    pub candidate_id: CandidateId,
    pub reason: String,
    pub fields: Vec<String>,
}

/// Writes a problem down.
pub async fn insert_problem(tx: &mut TenantTx, import: ImportId, problem: &Problem) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO undo_problems (tenant_id, import_id, candidate_id, reason, fields) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(import)
    .bind(problem.candidate_id)
    .bind(&problem.reason)
    .bind(&problem.fields)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Problems behind a person, at most so many.
pub async fn problems_after(
    tx: &mut TenantTx,
    import: ImportId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Problem>> {
    let tenant = tx.tenant();
    let problems = sqlx::query_as(
        "SELECT candidate_id, reason, fields FROM undo_problems
         WHERE tenant_id = $1 AND import_id = $2 AND ($3::uuid IS NULL OR candidate_id > $3)
         ORDER BY candidate_id LIMIT $4",
    )
    .bind(tenant)
    .bind(import)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(problems)
}

/// An error that says that somebody else changed the same people.
pub fn concurrent() -> Error {
    Error::aborted("CONCURRENT_CHANGE", "somebody else changed the same people")
}
