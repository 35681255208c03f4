//! The tables `tombstones`, `tombstone_lifts` and `returned_contacts`.

use std::collections::{BTreeSet, HashSet};

use chassis::{Error, Result, TenantTx};
use uuid::Uuid;

use crate::{
    domain::{contact::Contact, erasure::ErasureId},
    keys::TenantKey,
};

/// The reason of a contact point that belongs to somebody who is forgotten.
pub const PERSON_ERASED: &str = "PERSON_ERASED";

/// The refusal of a contact point that belongs to somebody who is forgotten.
pub fn erased() -> Error {
    Error::failed_precondition(PERSON_ERASED, "this person has asked to be forgotten")
        .hint("when they want to come back, an owner or admin lifts their tombstone first")
}

/// Writes contact points down as those of somebody who is forgotten.
pub async fn insert(tx: &mut TenantTx, key: &TenantKey, erasure: ErasureId, contacts: &[Contact]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let (kinds, marks) = marks(key, contacts)?;
    sqlx::query(
        "INSERT INTO tombstones (tenant_id, kind, mark, erasure_id, create_time)
         SELECT $1, kind, mark, $4, $5 FROM unnest($2::smallint[], $3::bytea[]) AS gone (kind, mark)
         ON CONFLICT (tenant_id, kind, mark) DO UPDATE SET erasure_id = excluded.erasure_id",
    )
    .bind(tenant)
    .bind(kinds)
    .bind(marks)
    .bind(erasure)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which of these contact points belong to somebody who is forgotten.
pub async fn among(tx: &mut TenantTx, key: &TenantKey, contacts: &BTreeSet<Contact>) -> Result<BTreeSet<Contact>> {
    let sql = "SELECT kind, mark FROM tombstones
                   JOIN unnest($2::smallint[], $3::bytea[]) AS sought (kind, mark) USING (kind, mark)
               WHERE tenant_id = $1";
    found(tx, key, contacts, sql).await
}

/// Which of these contact points belonged to somebody who was forgotten and may come back.
pub async fn returned(tx: &mut TenantTx, key: &TenantKey, contacts: &BTreeSet<Contact>) -> Result<BTreeSet<Contact>> {
    let sql = "SELECT kind, mark FROM returned_contacts
                   JOIN unnest($2::smallint[], $3::bytea[]) AS sought (kind, mark) USING (kind, mark)
               WHERE tenant_id = $1";
    found(tx, key, contacts, sql).await
}

async fn found(
    tx: &mut TenantTx,
    key: &TenantKey,
    contacts: &BTreeSet<Contact>,
    sql: &'static str,
) -> Result<BTreeSet<Contact>> {
    if contacts.is_empty() {
        return Ok(BTreeSet::new());
    }
    let tenant = tx.tenant();
    let contacts: Vec<Contact> = contacts.iter().cloned().collect();
    let (kinds, marks) = marks(key, &contacts)?;
    let found: Vec<(i16, Vec<u8>)> =
        sqlx::query_as(sql).bind(tenant).bind(&kinds).bind(&marks).fetch_all(tx.conn()).await?;
    let found: HashSet<(i16, Vec<u8>)> = found.into_iter().collect();
    let marked = contacts.into_iter().zip(kinds.into_iter().zip(marks));
    Ok(marked.filter(|(_, mark)| found.contains(mark)).map(|(contact, _)| contact).collect())
}

/// The erasure that a contact point was forgotten with.
pub async fn erasure_of(tx: &mut TenantTx, key: &TenantKey, contact: &Contact) -> Result<Option<ErasureId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT erasure_id FROM tombstones WHERE tenant_id = $1 AND kind = $2 AND mark = $3 FOR UPDATE",
    )
    .bind(tenant)
    .bind(contact.kind.number())
    .bind(key.tombstone(contact)?)
    .fetch_optional(tx.conn())
    .await?)
}

/// How many contact points were forgotten with an erasure.
pub async fn count(tx: &mut TenantTx, erasure: ErasureId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT count(*) FROM tombstones WHERE tenant_id = $1 AND erasure_id = $2")
        .bind(tenant)
        .bind(erasure)
        .fetch_one(tx.conn())
        .await?)
}

/// Lifts the tombstones of an erasure, and writes down who did and why. How many there were.
pub async fn lift(tx: &mut TenantTx, erasure: ErasureId, evidence: &str) -> Result<i32> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.clone());
    Ok(sqlx::query_scalar(
        "WITH lifted AS (DELETE FROM tombstones WHERE tenant_id = $1 AND erasure_id = $2 RETURNING kind, mark),
         returned AS (INSERT INTO returned_contacts (tenant_id, kind, mark) SELECT $1, kind, mark FROM lifted
                      ON CONFLICT DO NOTHING)
         INSERT INTO tombstone_lifts (tenant_id, lift_id, erasure_id, lifted, evidence, actor, time)
         SELECT $1, $3, $2, count(*)::integer, $4, $5, $6 FROM lifted
         RETURNING lifted",
    )
    .bind(tenant)
    .bind(erasure)
    .bind(Uuid::now_v7())
    .bind(evidence)
    .bind(actor.as_str())
    .bind(now)
    .fetch_one(tx.conn())
    .await?)
}

fn marks(key: &TenantKey, contacts: &[Contact]) -> Result<(Vec<i16>, Vec<Vec<u8>>)> {
    let kinds = contacts.iter().map(|contact| contact.kind.number()).collect();
    let marks = contacts.iter().map(|contact| key.tombstone(contact)).collect::<Result<_>>()?;
    Ok((kinds, marks))
}
