//! Something that is no part of a profile says that two people may be one.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::DuplicateEvidenceKind;

use crate::{
    domain::{
        candidate::CandidateId,
        clean::{email, phone},
        contact::{Contact, Kind},
        duplicate::Duplicate,
        identity::Identity,
        reading::contacts::contacts_in,
    },
    keys::TenantKey,
    store::{candidates, contact_points, duplicates},
};

/// So many people of whom one text names a contact point are noted. A text with more of them is a list.
const MOST: usize = 5;

/// Writes down that something speaks for two people being one.
pub async fn told(tx: &mut TenantTx, one: CandidateId, other: CandidateId, kind: DuplicateEvidenceKind) -> Result<()> {
    let people = candidates::bare(tx, &[one, other]).await?;
    let [first, second] = people.as_slice() else { return Ok(()) };
    let now = tx.now();
    let mut pair = duplicates::hold(tx, Duplicate::new(one, other, now)).await?;
    // The contract has few kinds.
    pair.told.insert(i16::try_from(i32::from(kind)).unwrap_or_default());
    if pair.weigh(&Identity::of(&first.profile), &Identity::of(&second.profile), now) {
        duplicates::save(tx, &pair).await?;
    }
    Ok(())
}

/// A person's résumé may name contact points of others.
pub async fn of_text(tx: &mut TenantTx, key: &TenantKey, candidate: CandidateId, text: &str) -> Result<()> {
    let Some(person) = candidates::bare(tx, &[candidate]).await?.pop() else { return Ok(()) };
    let found = contacts_in(text);
    let emails = found.emails.iter().filter_map(|one| contact(Kind::Email, email::clean(&one.text).ok()));
    let zone = &person.profile.time_zone;
    let phones = found.phones.iter().filter_map(|one| contact(Kind::Phone, phone::clean(&one.text, zone).ok()));
    let contacts: BTreeSet<Contact> = emails.chain(phones).collect();
    let mut owners = contact_points::owners(tx, key, &contacts).await?;
    owners.retain(|owner| *owner != candidate);
    if owners.len() > MOST {
        return Ok(());
    }
    for owner in owners {
        told(tx, candidate, owner, DuplicateEvidenceKind::ResumeNamesContact).await?;
    }
    Ok(())
}

fn contact(kind: Kind, value: Option<String>) -> Option<Contact> {
    value.filter(|value| !value.is_empty()).map(|value| Contact { kind, value })
}
