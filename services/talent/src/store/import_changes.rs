//! The table `import_changes`: what imports did to people, sealed, until it is undone or forgotten.

use std::collections::HashMap;

use chassis::{Result, TenantTx};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    domain::{candidate::CandidateId, import::change::Change, imports::ImportId},
    keys::TenantKey,
};

/// What one batch did to one person.
#[derive(Debug)]
pub struct Entry {
    pub candidate: CandidateId,
    /// Whether the person came with it.
    pub is_new: bool,
    /// The person's version after it.
    pub version: i64,
    pub change: Change,
}

/// Writes changes down.
pub async fn insert(tx: &mut TenantTx, key: &TenantKey, import: ImportId, entries: &[Entry]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let sealed = entries
        .iter()
        .map(|entry| key.seal_change(import, entry.candidate, &entry.change.write()?))
        .collect::<Result<Vec<_>>>()?;
    sqlx::query(
        "INSERT INTO import_changes (tenant_id, import_id, key_version, create_time, candidate_id, change_id, is_new,
            version, sealed)
         SELECT $1, $2, $3, $4, * FROM unnest($5::uuid[], $6::uuid[], $7::boolean[], $8::bigint[], $9::bytea[])",
    )
    .bind(tenant)
    .bind(import)
    .bind(key.sealing())
    .bind(now)
    .bind(entries.iter().map(|entry| entry.candidate).collect::<Vec<_>>())
    .bind(entries.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.is_new).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.version).collect::<Vec<_>>())
    .bind(sealed)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// People whom an import changed, at most so many, in an order of their own.
pub async fn people(tx: &mut TenantTx, import: ImportId, limit: i64) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let people = sqlx::query_scalar(
        "SELECT DISTINCT candidate_id FROM import_changes
         WHERE tenant_id = $1 AND import_id = $2 ORDER BY candidate_id LIMIT $3",
    )
    .bind(tenant)
    .bind(import)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(people)
}

#[derive(FromRow)]
struct Row {
    candidate_id: CandidateId,
    is_new: bool,
    version: i64,
    key_version: i16,
    sealed: Vec<u8>,
}

/// What an import did to people, by person, the latest first.
pub async fn of(
    tx: &mut TenantTx,
    key: &TenantKey,
    import: ImportId,
    people: &[CandidateId],
) -> Result<HashMap<CandidateId, Vec<Entry>>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT candidate_id, is_new, version, key_version, sealed FROM import_changes
         WHERE tenant_id = $1 AND import_id = $2 AND candidate_id = ANY ($3) ORDER BY candidate_id, change_id DESC",
    )
    .bind(tenant)
    .bind(import)
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    let mut entries: HashMap<CandidateId, Vec<Entry>> = HashMap::new();
    for Row { candidate_id: candidate, is_new, version, key_version, sealed } in rows {
        let change = Change::read(&key.open_change(import, candidate, key_version, &sealed)?)?;
        entries.entry(candidate).or_default().push(Entry { candidate, is_new, version, change });
    }
    Ok(entries)
}

/// Forgets what an import did to people.
pub async fn forget(tx: &mut TenantTx, import: ImportId, people: &[CandidateId]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM import_changes WHERE tenant_id = $1 AND import_id = $2 AND candidate_id = ANY ($3)")
        .bind(tenant)
        .bind(import)
        .bind(people)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets everything that an import did.
pub async fn forget_all(tx: &mut TenantTx, import: ImportId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM import_changes WHERE tenant_id = $1 AND import_id = $2")
        .bind(tenant)
        .bind(import)
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(FromRow)]
struct Old {
    import_id: ImportId,
    candidate_id: CandidateId,
    change_id: Uuid,
    key_version: i16,
    sealed: Vec<u8>,
}

/// Seals anew what other versions of the key have sealed, at most so many. How many there were.
pub async fn seal_anew(tx: &mut TenantTx, key: &TenantKey, limit: i64) -> Result<usize> {
    let tenant = tx.tenant();
    let old: Vec<Old> = sqlx::query_as(
        "SELECT import_id, candidate_id, change_id, key_version, sealed FROM import_changes
         WHERE tenant_id = $1 AND key_version <> $2 ORDER BY import_id, candidate_id, change_id LIMIT $3
         FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(key.sealing())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let anew = |row: &Old| {
        let (import, candidate) = (row.import_id, row.candidate_id);
        key.seal_change(import, candidate, &key.open_change(import, candidate, row.key_version, &row.sealed)?)
    };
    let sealed = old.iter().map(anew).collect::<Result<Vec<_>>>()?;
    sqlx::query(
        "UPDATE import_changes SET sealed = anew.sealed, key_version = $6
         FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[]) AS anew (import, candidate, change, sealed)
         WHERE tenant_id = $1 AND import_id = anew.import AND candidate_id = anew.candidate AND change_id = anew.change",
    )
    .bind(tenant)
    .bind(old.iter().map(|row| row.import_id).collect::<Vec<_>>())
    .bind(old.iter().map(|row| row.candidate_id).collect::<Vec<_>>())
    .bind(old.iter().map(|row| row.change_id).collect::<Vec<_>>())
    .bind(&sealed)
    .bind(key.sealing())
    .execute(tx.conn())
    .await?;
    Ok(sealed.len())
}
