//! Subjects that became one: who stands for whom, as the service that merges them has told it.
//!
//! A service that follows has the table `merged_candidates` (`tenant_id`, `candidate_id`, `survivor_id`) by a migration of
//! its own. Whoever writes something in a subject's name holds that name first, see [`settled`]; [`join`] and [`part`] hold
//! it alone. So nothing is written for a subject that is just becoming part of another one.

use std::collections::{BTreeSet, HashMap};

use chassis::{Error, Result, TenantTx};
use uuid::Uuid;

use crate::erasure;

/// What is to be given from one subject to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Who has it.
    pub from: Uuid,
    /// Only what was made for these.
    pub made_for: Vec<Uuid>,
    /// Who gets it.
    pub to: Uuid,
}

/// One subject became part of another. `None` when one of them is forgotten: who is forgotten stands for nobody.
pub async fn join(tx: &mut TenantTx, absorbed: Uuid, survivor: Uuid) -> Result<Option<Move>> {
    hold_alone(tx, absorbed).await?;
    for subject in [absorbed, survivor] {
        if erasure::is_erased(tx, subject).await? {
            return Ok(None);
        }
    }
    // Whom they had taken on before goes with them.
    let made_for = parts(tx, absorbed).await?;
    // Heard out of order, as after a replay, two could stand for each other, and who stands for them would never be found.
    if made_for.contains(&survivor) {
        return Err(Error::internal("two would stand for each other", &survivor));
    }
    insert(tx, absorbed, survivor).await?;
    let to = stands_for(tx, survivor).await?;
    Ok(Some(Move { from: absorbed, made_for, to }))
}

/// One subject, which was part of another, stands alone again.
pub async fn part(tx: &mut TenantTx, absorbed: Uuid, survivor: Uuid) -> Result<Move> {
    hold_alone(tx, absorbed).await?;
    let from = stands_for(tx, survivor).await?;
    delete(tx, absorbed).await?;
    let made_for = parts(tx, absorbed).await?;
    Ok(Move { from, made_for, to: absorbed })
}

/// What is to be given to whom when a subject is forgotten: whoever was part of them stands alone from then on. They may
/// have been parted before, which is not heard of yet; where they were not, they are forgotten as well. To be asked before it is
/// forgotten who was part of whom.
pub async fn freed(tx: &mut TenantTx, subject: Uuid) -> Result<Vec<Move>> {
    let from = stands_for(tx, subject).await?;
    let mut freed = Vec::new();
    for to in parts_of(tx, subject).await? {
        freed.push(Move { from, made_for: parts(tx, to).await?, to });
    }
    Ok(freed)
}

/// Who stands for a subject; none becomes part of another one, or parts, on the way there before this transaction ends.
pub async fn settled(tx: &mut TenantTx, subject: Uuid) -> Result<Uuid> {
    let mut last = subject;
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

/// As [`settled`] for many: two statements where none of them was merged.
pub async fn settled_all(tx: &mut TenantTx, subjects: &[Uuid]) -> Result<HashMap<Uuid, Uuid>> {
    roots(tx, subjects, Hold::Shared).await
}

/// Whether the names on the way to who stands for somebody are held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    Shared,
    Nothing,
}

/// Who stands for each of these.
async fn roots(tx: &mut TenantTx, subjects: &[Uuid], hold: Hold) -> Result<HashMap<Uuid, Uuid>> {
    let mut last: HashMap<Uuid, Uuid> = subjects.iter().map(|subject| (*subject, *subject)).collect();
    let mut moved: BTreeSet<Uuid> = last.keys().copied().collect();
    while !moved.is_empty() {
        let names = Vec::from_iter(moved);
        if hold == Hold::Shared {
            hold_shared(tx, &names).await?;
        }
        let survivors = survivors(tx, &names).await?;
        for root in last.values_mut() {
            *root = survivors.get(root).copied().unwrap_or(*root);
        }
        moved = survivors.into_values().collect();
    }
    Ok(last)
}

async fn hold_shared(tx: &mut TenantTx, names: &[Uuid]) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name")
        .bind(names.iter().map(Uuid::to_string).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Into whom these were merged, those who were.
async fn survivors(tx: &mut TenantTx, subjects: &[Uuid]) -> Result<HashMap<Uuid, Uuid>> {
    let tenant = tx.tenant();
    let merged: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT candidate_id, survivor_id FROM merged_candidates WHERE tenant_id = $1 AND candidate_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(subjects)
    .fetch_all(tx.conn())
    .await?;
    Ok(merged.into_iter().collect())
}

/// Who stands for a subject now.
pub async fn stands_for(tx: &mut TenantTx, subject: Uuid) -> Result<Uuid> {
    let mut last = subject;
    while let Some(survivor) = survivor(tx, last).await? {
        last = survivor;
    }
    Ok(last)
}

/// Of each of these: all who are part of whoever stands for them now, who stands for them first. Two statements where none of
/// them was merged.
pub async fn wholes(tx: &mut TenantTx, subjects: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let last = roots(tx, subjects, Hold::Nothing).await?;
    let roots: BTreeSet<Uuid> = last.values().copied().collect();
    let mut parts: HashMap<Uuid, Vec<Uuid>> = roots.iter().map(|root| (*root, vec![*root])).collect();
    for (root, part) in parts_below(tx, &Vec::from_iter(roots)).await? {
        parts.entry(root).or_default().push(part);
    }
    Ok(last.into_iter().map(|(subject, root)| (subject, parts.get(&root).cloned().unwrap_or_default())).collect())
}

async fn hold_alone(tx: &mut TenantTx, subject: Uuid) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))").bind(subject).execute(tx.conn()).await?;
    Ok(())
}

async fn survivor(tx: &mut TenantTx, subject: Uuid) -> Result<Option<Uuid>> {
    let tenant = tx.tenant();
    let survivor =
        sqlx::query_scalar("SELECT survivor_id FROM merged_candidates WHERE tenant_id = $1 AND candidate_id = $2")
            .bind(tenant)
            .bind(subject)
            .fetch_optional(tx.conn())
            .await?;
    Ok(survivor)
}

/// Those who became part of a subject itself.
async fn parts_of(tx: &mut TenantTx, subject: Uuid) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT candidate_id FROM merged_candidates WHERE tenant_id = $1 AND survivor_id = $2 ORDER BY candidate_id",
    )
    .bind(tenant)
    .bind(subject)
    .fetch_all(tx.conn())
    .await?)
}

/// All who are part of a subject, the subject too.
pub async fn parts(tx: &mut TenantTx, subject: Uuid) -> Result<Vec<Uuid>> {
    let below = parts_below(tx, &[subject]).await?.into_iter().map(|(_, part)| part);
    Ok(std::iter::once(subject).chain(below).collect())
}

/// All who are part of these, by whom they are part of; without these themselves.
async fn parts_below(tx: &mut TenantTx, roots: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let tenant = tx.tenant();
    let parts = sqlx::query_as(
        "WITH RECURSIVE parts AS (
             SELECT survivor_id AS root, candidate_id AS id FROM merged_candidates
             WHERE tenant_id = $1 AND survivor_id = ANY ($2)
             UNION SELECT parts.root, m.candidate_id FROM merged_candidates m JOIN parts ON m.survivor_id = parts.id
             WHERE m.tenant_id = $1
         )
         SELECT root, id FROM parts",
    )
    .bind(tenant)
    .bind(roots)
    .fetch_all(tx.conn())
    .await?;
    Ok(parts)
}

async fn insert(tx: &mut TenantTx, absorbed: Uuid, survivor: Uuid) -> Result<()> {
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

async fn delete(tx: &mut TenantTx, absorbed: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM merged_candidates WHERE tenant_id = $1 AND candidate_id = $2")
        .bind(tenant)
        .bind(absorbed)
        .execute(tx.conn())
        .await?;
    Ok(())
}
