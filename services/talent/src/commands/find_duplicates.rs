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

/// People whose pairs are looked for at once. Somebody with many employers and a common name shares keys with thousands, all
/// of whom are held against them.
const TOGETHER: usize = 20;
/// People whose profiles are read at once.
const AT_ONCE: usize = 200;

/// Finds the pairs that people make, and weighs those that are known anew. Somebody who is part of another person makes none.
pub async fn run(tx: &mut TenantTx, candidates: &BTreeSet<CandidateId>) -> Result<()> {
    let candidates: Vec<CandidateId> = candidates.iter().copied().collect();
    for some in candidates.chunks(TOGETHER) {
        find(tx, some).await?;
    }
    Ok(())
}

async fn find(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<()> {
    let mut identities = identities(tx, candidates).await?;
    let keys: Vec<_> = identities.iter().map(|(id, identity)| (*id, identity.keys())).collect();
    if keys.is_empty() {
        return Ok(());
    }
    identity_keys::replace(tx, &keys).await?;
    let found = identity_keys::partners(tx, &keys).await?;
    let known = duplicates::lock_of(tx, &keys.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
    let mut known: BTreeMap<_, _> = known.into_iter().map(|known| (known.pair, known)).collect();
    let mut pairs: BTreeSet<_> = found.into_iter().map(|(one, other)| duplicate::pair(one, other)).collect();
    pairs.extend(known.keys());
    let others: BTreeSet<CandidateId> =
        pairs.iter().flat_map(|(one, other)| [*one, *other]).filter(|id| !identities.contains_key(id)).collect();
    identities.extend(self::identities(tx, &others.into_iter().collect::<Vec<_>>()).await?);
    for pair in pairs {
        if let (Some(one), Some(other)) = (identities.get(&pair.0), identities.get(&pair.1)) {
            weigh(tx, (pair.0, one), (pair.1, other), known.remove(&pair)).await?;
        }
    }
    Ok(())
}

/// How those of them are known who stand for themselves.
async fn identities(tx: &mut TenantTx, of: &[CandidateId]) -> Result<BTreeMap<CandidateId, Identity>> {
    let mut identities = BTreeMap::new();
    for some in of.chunks(AT_ONCE) {
        let people = candidates::bare(tx, some).await?;
        identities.extend(people.into_iter().map(|person| (person.id, Identity::of(&person.profile))));
    }
    Ok(identities)
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
