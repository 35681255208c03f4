//! Messages that were written are held against the contact gates.

use std::collections::{BTreeSet, HashMap};

use chassis::{Result, TenantTx, wire};
use outbox::merging;
use usher_proto::outreach::v1::MessageDraft;

use super::{urgency, zone};
use crate::{
    domain::{
        compose::Outcome,
        gate::{Case, Ruling, Sender, frequency::Contacts, nature, person::Person, waits_until},
        message::CandidateId,
    },
    store::{
        self,
        gate::{Wanted, contacts, standings},
    },
};

/// A message that was written, with who wrote it, and to whom by which channel.
#[derive(Debug)]
pub struct Written<'send> {
    pub draft: &'send MessageDraft,
    pub channel: String,
    pub sender: Sender,
    pub person: &'send Person,
    pub outcome: &'send mut Outcome,
}

/// Adds what every gate says to what is known of messages so far, in their order: one that may go counts for those after it.
/// One that is refused loses its text; one that waits gets the moment. However many they are, the statements are the same few.
pub async fn run(tx: &mut TenantTx, written: &mut [Written<'_>]) -> Result<()> {
    if written.is_empty() {
        return Ok(());
    }
    let addressed: Vec<CandidateId> = written
        .iter()
        .map(|one| wire::id("draft.candidate_id", &one.draft.candidate_id))
        .collect::<Result<_>>()?;
    let roots = merging::settled_all(tx, &addressed.iter().map(|id| id.0).collect::<Vec<_>>()).await?;
    let people: Vec<CandidateId> =
        addressed.iter().map(|id| roots.get(&id.0).map_or(*id, |root| CandidateId(*root))).collect();
    let (vault, tenant, now) = (tx.vault(), tx.tenant(), tx.now());
    let policy = store::policies::get(tx).await?;
    let alone: BTreeSet<CandidateId> = people
        .iter()
        .zip(written.iter())
        .filter(|(_, one)| nature::of_draft(one.draft).is_marketing)
        .map(|(id, _)| *id)
        .collect();
    let mut contacts: HashMap<CandidateId, Contacts> = contacts(tx, &people, &alone).await?;
    let wanted: Vec<Wanted> = people
        .iter()
        .zip(written.iter())
        .map(|(candidate, one)| Wanted {
            candidate: *candidate,
            address_hash: one.person.address_hash(&vault, tenant, &one.channel),
        })
        .collect();
    let standings = standings(tx, &wanted).await?;
    for ((one, wanted), standing) in written.iter_mut().zip(wanted).zip(standings) {
        let nature = nature::of_draft(one.draft);
        let contacts = contacts.entry(wanted.candidate).or_default();
        let case = Case {
            nature,
            channel: &one.channel,
            sender: &one.sender,
            zone: policy.zone_of(&one.person.time_zone, zone(one.draft)),
            urgency: urgency(one.draft)?,
            agreed: &one.person.agreed,
            standing: &standing,
            policy: &policy,
            contacts: Some(contacts),
        };
        let rulings = case.rulings(now);
        let outcome = &mut *one.outcome;
        if rulings.iter().any(|(_, ruling)| matches!(ruling, Ruling::Refuse { .. })) {
            outcome.composed = None;
        }
        outcome.not_before = outcome.not_before.max(waits_until(&rulings));
        outcome.verdicts.extend(rulings.into_iter().map(|(gate, ruling)| ruling.verdict(gate, now)));
        outcome.address_hash = wanted.address_hash;
        if outcome.composed.is_some() && outcome.refusal().is_none() {
            contacts.note(outcome.not_before.unwrap_or(now), nature.is_marketing);
        }
    }
    Ok(())
}
