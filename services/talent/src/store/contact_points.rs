//! The table `contact_points`.

use std::collections::BTreeSet;

use chassis::{Error, Result, TenantTx};
use sqlx::FromRow;

use super::tombstones;
use crate::{
    domain::{
        candidate::CandidateId,
        contact::{Contact, Kind},
    },
    keys::{Sealed, TenantKey},
};

/// Who has one of these contact points.
pub async fn owners(tx: &mut TenantTx, key: &TenantKey, contacts: &BTreeSet<Contact>) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let kinds: Vec<i16> = contacts.iter().map(|contact| contact.kind.number()).collect();
    let blinds: Vec<Vec<u8>> = contacts.iter().map(|contact| key.blind(contact)).collect::<Result<_>>()?;
    let owners = sqlx::query_scalar(
        "SELECT DISTINCT candidate_id
         FROM contact_points JOIN unnest($2::smallint[], $3::bytea[]) AS sought (kind, blind) USING (kind, blind)
         WHERE tenant_id = $1",
    )
    .bind(tenant)
    .bind(kinds)
    .bind(blinds)
    .fetch_all(tx.conn())
    .await?;
    Ok(owners)
}

/// Writes all contact points of people in place of those that they had; the first of a kind gets place 0. False when
/// somebody else has one of them; the transaction is then not to be committed. Errors: `FAILED_PRECONDITION`
/// (`PERSON_ERASED`) when one belongs to somebody who is forgotten.
pub async fn replace(
    tx: &mut TenantTx,
    key: &TenantKey,
    people: Vec<(CandidateId, impl Iterator<Item = Contact>)>,
) -> Result<bool> {
    if people.is_empty() {
        return Ok(true);
    }
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM contact_points WHERE tenant_id = $1 AND candidate_id = ANY ($2)")
        .bind(tenant)
        .bind(people.iter().map(|(candidate, _)| *candidate).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    let mut rows = Vec::new();
    let mut all = BTreeSet::new();
    for (candidate, contacts) in people {
        let mut places = [0_i16; Kind::ALL.len()];
        for contact in contacts {
            let (blind, sealed) = (key.blind(&contact)?, key.seal(candidate, &contact)?);
            let place = &mut places[contact.kind as usize];
            rows.push(Row { kind: contact.kind.number(), blind, candidate, place: *place, sealed });
            *place += 1;
            all.insert(contact);
        }
    }
    let is_free = insert(tx, rows).await?;
    // Last: whoever waited above for an erasure to let go of a contact point sees its tombstone only now.
    if is_free && !tombstones::among(tx, key, &all).await?.is_empty() {
        return Err(tombstones::erased());
    }
    Ok(is_free)
}

struct Row {
    kind: i16,
    blind: Vec<u8>,
    candidate: CandidateId,
    place: i16,
    sealed: Sealed,
}

async fn insert(tx: &mut TenantTx, mut rows: Vec<Row>) -> Result<bool> {
    // In one order in every transaction, so that two of them can not wait for each other.
    rows.sort_unstable_by(|one, other| (one.kind, &one.blind).cmp(&(other.kind, &other.blind)));
    let wanted = rows.len() as u64;
    let tenant = tx.tenant();
    let written = sqlx::query(
        "INSERT INTO contact_points (tenant_id, kind, blind, candidate_id, place, sealed, key_version)
         SELECT $1, * FROM unnest($2::smallint[], $3::bytea[], $4::uuid[], $5::smallint[], $6::bytea[], $7::smallint[])
         ON CONFLICT ON CONSTRAINT contact_points_one_person DO NOTHING",
    )
    .bind(tenant)
    .bind(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.blind.as_slice()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.candidate).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.place).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.sealed.bytes.as_slice()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.sealed.version).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() == wanted)
}

/// What another version of the key has sealed.
#[derive(FromRow)]
struct Old {
    kind: i16,
    blind: Vec<u8>,
    candidate_id: CandidateId,
    sealed: Vec<u8>,
    key_version: i16,
}

/// Seals anew what other versions of the key have sealed, at most so many. How many there were.
pub async fn seal_anew(tx: &mut TenantTx, key: &TenantKey, limit: i64) -> Result<usize> {
    let tenant = tx.tenant();
    let old: Vec<Old> = sqlx::query_as(
        "SELECT kind, blind, candidate_id, sealed, key_version FROM contact_points
         WHERE tenant_id = $1 AND key_version <> $2 ORDER BY kind, blind LIMIT $3 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(key.sealing())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let (mut kinds, mut blinds, mut sealed) = (Vec::new(), Vec::new(), Vec::new());
    for row in old {
        let kind = Kind::of_number(row.kind)
            .ok_or_else(|| Error::internal("a row holds an unknown kind of contact point", &row.kind))?;
        let value = key.open(row.candidate_id, kind, row.key_version, &row.sealed)?;
        sealed.push(key.seal(row.candidate_id, &Contact { kind, value })?.bytes);
        kinds.push(row.kind);
        blinds.push(row.blind);
    }
    sqlx::query(
        "UPDATE contact_points SET sealed = anew.sealed, key_version = $5
         FROM unnest($2::smallint[], $3::bytea[], $4::bytea[]) AS anew (kind, blind, sealed)
         WHERE tenant_id = $1 AND contact_points.kind = anew.kind AND contact_points.blind = anew.blind",
    )
    .bind(tenant)
    .bind(&kinds)
    .bind(&blinds)
    .bind(&sealed)
    .bind(key.sealing())
    .execute(tx.conn())
    .await?;
    Ok(sealed.len())
}
