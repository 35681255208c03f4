//! Who may be the same person as somebody who has come into the pool or has changed.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Result, TenantTx};

use crate::{
    domain::{
        candidate::CandidateId,
        duplicate::{self, Duplicate},
        identity::Identity,
    },
    store::{candidates, duplicates, identity_keys},
};

/// Finds the pairs that people make, and weighs those that are known anew. Somebody who is part of another person makes none.
pub async fn run(tx: &mut TenantTx, candidates: &BTreeSet<CandidateId>) -> Result<()> {
    let mut identities = identities(tx, candidates).await?;
    let keys: Vec<_> = identities.iter().map(|(id, identity)| (*id, identity.keys())).collect();
    if keys.is_empty() {
        return Ok(());
    }
    identity_keys::replace(tx, &keys).await?;
    let found = identity_keys::partners(tx, &keys).await?;
    let known = duplicates::lock_of(tx, &keys.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
    let mut pairs: BTreeMap<_, _> = found.into_iter().map(|(one, other)| (duplicate::pair(one, other), None)).collect();
    pairs.extend(known.into_iter().map(|known| (known.pair, Some(known))));
    let others =
        pairs.keys().flat_map(|(one, other)| [*one, *other]).filter(|id| !identities.contains_key(id)).collect();
    identities.extend(self::identities(tx, &others).await?);
    for ((one, other), known) in pairs {
        if let (Some(identity), Some(others)) = (identities.get(&one), identities.get(&other)) {
            weigh(tx, (one, identity), (other, others), known).await?;
        }
    }
    Ok(())
}

/// How those of them are known who stand for themselves.
async fn identities(tx: &mut TenantTx, of: &BTreeSet<CandidateId>) -> Result<BTreeMap<CandidateId, Identity>> {
    if of.is_empty() {
        return Ok(BTreeMap::new());
    }
    let people = candidates::bare(tx, &of.iter().copied().collect::<Vec<_>>()).await?;
    Ok(people.into_iter().map(|person| (person.id, Identity::of(&person.profile))).collect())
}

async fn weigh(
    tx: &mut TenantTx,
    (one, identity): (CandidateId, &Identity),
    (other, others): (CandidateId, &Identity),
    known: Option<Duplicate>,
) -> Result<()> {
    let now = tx.now();
    let mut pair = match known {
        Some(known) => known,
        None => {
            let mut pair = Duplicate::new(one, other, now);
            if !pair.weigh(identity, others, now) || !pair.is_worth_keeping() {
                return Ok(());
            }
            // Somebody may have told of the two, or parted them, since the pairs were read.
            duplicates::hold(tx, Duplicate::new(one, other, now)).await?
        }
    };
    if !pair.weigh(identity, others, now) {
        return Ok(());
    }
    if pair.is_worth_keeping() { duplicates::save(tx, &pair).await } else { duplicates::delete(tx, pair.id).await }
}
