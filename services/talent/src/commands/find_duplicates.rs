//! Who may be the same person as somebody who has come into the pool or has changed.

use chassis::{Result, TenantTx};

use crate::{
    domain::{candidate::CandidateId, duplicate::Duplicate, identity::Identity},
    store::{candidates, duplicates, identity_keys},
};

/// People who are read at once: somebody with many employers and a common name shares keys with thousands.
const AT_ONCE: usize = 200;

/// Finds pairs, and weighs those that are known anew. Somebody who is part of another person makes none.
pub async fn run(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    let Some(person) = candidates::bare(tx, &[candidate]).await?.pop() else { return Ok(()) };
    let identity = Identity::of(&person.profile);
    let keys = identity.keys();
    let mut partners = identity_keys::replace(tx, candidate, &keys).await?;
    let mut known = duplicates::lock_of(tx, candidate).await?;
    partners.extend(known.keys());
    if partners.is_empty() {
        return Ok(());
    }
    let partners: Vec<CandidateId> = partners.into_iter().collect();
    for some in partners.chunks(AT_ONCE) {
        for other in candidates::bare(tx, some).await? {
            let known = known.remove(&other.id);
            weigh(tx, (candidate, &identity), (other.id, &Identity::of(&other.profile)), known).await?;
        }
    }
    Ok(())
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
