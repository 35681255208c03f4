//! A message that was written is held against the contact gates.

use chassis::{Result, TenantTx, wire};
use outbox::merging;
use usher_proto::outreach::v1::MessageDraft;

use super::{urgency, zone};
use crate::{
    domain::{
        compose::Outcome,
        gate::{Case, Ruling, Sender, nature, person::Person, waits_until},
        message::CandidateId,
    },
    store::{
        self,
        gate::{Wanted, contacts, standings},
    },
};

/// Adds what every gate says to what is known of a message so far. One that is refused loses its text; one that waits gets
/// the moment.
pub async fn run(
    tx: &mut TenantTx,
    draft: &MessageDraft,
    channel: &str,
    person: &Person,
    outcome: &mut Outcome,
) -> Result<()> {
    let addressed: CandidateId = wire::id("draft.candidate_id", &draft.candidate_id)?;
    let candidate = CandidateId(merging::settled(tx, addressed.0).await?);
    let nature = nature::of_draft(draft);
    let address_hash = person.address_hash(&tx.vault(), tx.tenant(), channel);
    let policy = store::policies::get(tx).await?;
    let contacts = contacts(tx, candidate, nature.is_marketing, policy.caps.safety_per_day).await?;
    let wanted = [Wanted { candidate, address_hash: address_hash.clone() }];
    let standing = standings(tx, &wanted).await?.pop().unwrap_or_default();
    let case = Case {
        nature,
        channel,
        sender: &Sender::of(tx.ctx().actor.as_str()),
        zone: policy.zone_of(&person.time_zone, zone(draft)),
        urgency: urgency(draft)?,
        agreed: &person.agreed,
        standing: &standing,
        policy: &policy,
        contacts: Some(&contacts),
    };
    let now = tx.now();
    let rulings = case.rulings(now);
    if rulings.iter().any(|(_, ruling)| matches!(ruling, Ruling::Refuse { .. })) {
        outcome.composed = None;
    }
    outcome.not_before = outcome.not_before.max(waits_until(&rulings));
    outcome.verdicts.extend(rulings.into_iter().map(|(gate, ruling)| ruling.verdict(gate, now)));
    outcome.address_hash = address_hash;
    Ok(())
}
