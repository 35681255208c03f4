//! The table `contact_points`.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx};

use super::keyring::TenantKey;
use crate::domain::candidate::{CandidateId, Contact, Kind};

/// A person's contact point of one kind becomes another one, or none.
#[derive(Debug)]
pub struct Change {
    pub candidate: CandidateId,
    pub kind: Kind,
    pub to: Option<Contact>,
}

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

/// Writes the changes. False when somebody else has one of the new contact points; the transaction is then not to be
/// committed.
pub async fn replace(tx: &mut TenantTx, key: &TenantKey, changes: &[Change]) -> Result<bool> {
    if changes.is_empty() {
        return Ok(true);
    }
    let tenant = tx.tenant();
    let candidates: Vec<CandidateId> = changes.iter().map(|change| change.candidate).collect();
    let kinds: Vec<i16> = changes.iter().map(|change| change.kind.number()).collect();
    sqlx::query(
        "DELETE FROM contact_points
         WHERE tenant_id = $1 AND (candidate_id, kind) IN (SELECT * FROM unnest($2::uuid[], $3::smallint[]))",
    )
    .bind(tenant)
    .bind(candidates)
    .bind(kinds)
    .execute(tx.conn())
    .await?;
    insert(tx, key, changes).await
}

async fn insert(tx: &mut TenantTx, key: &TenantKey, changes: &[Change]) -> Result<bool> {
    let mut rows = Vec::new();
    for Change { candidate, kind, to } in changes {
        if let Some(contact) = to {
            rows.push((kind.number(), key.blind(contact)?, *candidate, key.seal(*candidate, contact)?));
        }
    }
    // In one order in every transaction, so that two of them can not wait for each other.
    rows.sort_unstable();
    let wanted = rows.len() as u64;
    let (mut kinds, mut blinds, mut candidates, mut sealed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        kinds.push(row.0);
        blinds.push(row.1);
        candidates.push(row.2);
        sealed.push(row.3);
    }
    let tenant = tx.tenant();
    let written = sqlx::query(
        "INSERT INTO contact_points (tenant_id, kind, blind, candidate_id, sealed)
         SELECT $1, * FROM unnest($2::smallint[], $3::bytea[], $4::uuid[], $5::bytea[])
         ON CONFLICT ON CONSTRAINT contact_points_one_person DO NOTHING",
    )
    .bind(tenant)
    .bind(kinds)
    .bind(blinds)
    .bind(candidates)
    .bind(sealed)
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() == wanted)
}
