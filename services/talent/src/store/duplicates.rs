//! The table `duplicates`.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::talent::v1::DuplicateState;

use crate::domain::{
    candidate::CandidateId,
    duplicate::{Duplicate, DuplicateId, Evidence},
};

#[derive(FromRow)]
struct Row {
    duplicate_id: DuplicateId,
    first_id: CandidateId,
    second_id: CandidateId,
    state: i16,
    score: i16,
    evidence: Json<Vec<Evidence>>,
    told: Vec<i16>,
    dismissed_score: i16,
    reason: String,
    actor: String,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl Row {
    fn duplicate(self) -> Result<Duplicate> {
        Ok(Duplicate {
            id: self.duplicate_id,
            pair: (self.first_id, self.second_id),
            state: DuplicateState::try_from(i32::from(self.state))
                .map_err(|error| Error::internal("a row holds an unknown state of a pair", &error))?,
            score: self.score,
            evidence: self.evidence.0,
            told: self.told.into_iter().collect(),
            dismissed_score: self.dismissed_score,
            reason: self.reason,
            actor: self.actor,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

/// The pair of two people, as it is known or else this one, written down. Nobody else writes of the two before this
/// transaction ends, so what a person says of them meanwhile is said of what stands here.
pub async fn hold(tx: &mut TenantTx, new: Duplicate) -> Result<Duplicate> {
    loop {
        if insert(tx, &new).await? {
            return Ok(new);
        }
        // What stood in the way may be forgotten by now.
        if let Some(known) = of_pair(tx, new.pair).await? {
            return Ok(known);
        }
    }
}

/// Writes a pair down, unless there is one of the two; waits for whoever is just writing one. Whether it did.
async fn insert(tx: &mut TenantTx, duplicate: &Duplicate) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = sqlx::query(
        "INSERT INTO duplicates (tenant_id, duplicate_id, first_id, second_id, state, score, evidence, told,
            dismissed_score, reason, actor, create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT ON CONSTRAINT duplicates_one_pair DO NOTHING",
    )
    .bind(tenant)
    .bind(duplicate.id)
    .bind(duplicate.pair.0)
    .bind(duplicate.pair.1)
    .bind(duplicate.state as i32)
    .bind(duplicate.score)
    .bind(Json(&duplicate.evidence))
    .bind(duplicate.told.iter().copied().collect::<Vec<_>>())
    .bind(duplicate.dismissed_score)
    .bind(&duplicate.reason)
    .bind(&duplicate.actor)
    .bind(duplicate.create_time)
    .bind(duplicate.update_time)
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Writes what has become of a pair that this transaction holds.
pub async fn save(tx: &mut TenantTx, duplicate: &Duplicate) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE duplicates SET state = $3, score = $4, evidence = $5, told = $6, dismissed_score = $7, reason = $8,
            actor = $9, update_time = $10
         WHERE tenant_id = $1 AND duplicate_id = $2",
    )
    .bind(tenant)
    .bind(duplicate.id)
    .bind(duplicate.state as i32)
    .bind(duplicate.score)
    .bind(Json(&duplicate.evidence))
    .bind(duplicate.told.iter().copied().collect::<Vec<_>>())
    .bind(duplicate.dismissed_score)
    .bind(&duplicate.reason)
    .bind(&duplicate.actor)
    .bind(duplicate.update_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets a pair that nothing speaks for any more.
pub async fn delete(tx: &mut TenantTx, id: DuplicateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM duplicates WHERE tenant_id = $1 AND duplicate_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A pair, and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: DuplicateId) -> Result<Duplicate> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM duplicates WHERE tenant_id = $1 AND duplicate_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.ok_or_else(not_found)?.duplicate()
}

/// The pair of two people, locked, when there is one.
async fn of_pair(tx: &mut TenantTx, pair: (CandidateId, CandidateId)) -> Result<Option<Duplicate>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM duplicates WHERE tenant_id = $1 AND first_id = $2 AND second_id = $3 FOR UPDATE")
            .bind(tenant)
            .bind(pair.0)
            .bind(pair.1)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::duplicate).transpose()
}

/// The pairs that people make, and nobody else changes them before this transaction ends.
pub async fn lock_of(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<Duplicate>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM duplicates WHERE tenant_id = $1 AND (first_id = ANY ($2) OR second_id = ANY ($2))
         ORDER BY first_id, second_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::duplicate).collect()
}

/// Which pairs to list.
#[derive(Debug)]
pub struct Filter {
    pub state: DuplicateState,
    pub min_score: i16,
    pub candidate: Option<CandidateId>,
}

/// Its place in the order: the score in place of a time, as seconds.
pub fn cursor(duplicate: &Duplicate) -> Cursor {
    Cursor { time: DateTime::from_timestamp(duplicate.score.into(), 0).unwrap_or_default(), id: duplicate.id.0 }
}

/// One page, the likeliest first. Open and dismissed pairs only of people who stand for themselves.
pub async fn list(tx: &mut TenantTx, filter: &Filter, page: &Page) -> Result<Vec<Duplicate>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT d.* FROM duplicates d
         JOIN candidates one ON one.tenant_id = d.tenant_id AND one.candidate_id = d.first_id
         JOIN candidates other ON other.tenant_id = d.tenant_id AND other.candidate_id = d.second_id
         WHERE d.tenant_id = $1 AND d.state = $2 AND d.score >= $3
           AND ($4::uuid IS NULL OR d.first_id = $4 OR d.second_id = $4)
           AND (d.state = 3 OR (one.merged_into IS NULL AND other.merged_into IS NULL))
           AND ($5::timestamptz IS NULL OR (d.score, d.duplicate_id) < (extract(epoch FROM $5)::smallint, $6))
         ORDER BY d.score DESC, d.duplicate_id DESC LIMIT $7",
    )
    .bind(tenant)
    .bind(filter.state as i32)
    .bind(filter.min_score)
    .bind(filter.candidate)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::duplicate).collect()
}

fn not_found() -> Error {
    Error::not_found("DUPLICATE_NOT_FOUND", "there is no such pair")
}
