//! A message that was written is held against the contact gates.

use chassis::{Result, TenantTx, wire};
use outbox::merging;
use usher_proto::outreach::v1::MessageDraft;

use super::{urgency, zone};
use crate::{
    domain::{
        compose::Outcome,
        gate::{Case, Ruling, Sender, nature, person::Person, waits_until},
        message::{CandidateId, EMAIL},
    },
    store::{
        self,
        gate::{Wanted, contacts, standings},
    },
};

/// Adds what every gate says to what is known of a message so far. Of its channels those are left that are open, if any is;
/// one that is refused loses its text; one that waits gets the moment.
pub async fn run(tx: &mut TenantTx, draft: &MessageDraft, person: &Person, outcome: &mut Outcome) -> Result<()> {
    let addressed: CandidateId = wire::id("draft.candidate_id", &draft.candidate_id)?;
    let candidate = CandidateId(merging::settled(tx, addressed.0).await?);
    let nature = nature::of_draft(draft);
    let policy = store::policies::get(tx).await?;
    let contacts = contacts(tx, candidate, nature.is_marketing, policy.caps.safety_per_day).await?;
    let (vault, tenant) = (tx.vault(), tx.tenant());
    let channels = channels(outcome);
    let wanted: Vec<Wanted> = channels
        .iter()
        .map(|channel| Wanted { candidate, address_hash: person.address_hash(&vault, tenant, channel) })
        .collect();
    let standings = standings(tx, &wanted).await?;
    let sender = Sender::of(tx.ctx().actor.as_str());
    let urgency = urgency(draft)?;
    let case = |(channel, standing)| Case {
        nature,
        channel,
        sender: &sender,
        zone: policy.zone_of(&person.time_zone, zone(draft)),
        urgency,
        agreed: &person.agreed,
        standing,
        policy: &policy,
        contacts: Some(&contacts),
    };
    let cases: Vec<Case<'_>> = channels.iter().copied().zip(&standings).map(case).collect();
    let place = cases.iter().position(|case| !case.is_closed()).unwrap_or_default();
    let Some(case) = cases.get(place) else { return Ok(()) };
    let now = tx.now();
    let mut rulings = case.rulings(now);
    if !case.is_closed() {
        let closed: Vec<&str> = cases.iter().filter(|case| case.is_closed()).map(|case| case.channel).collect();
        outcome.ways.retain(|way| !closed.contains(&way.medium.name()));
        note_closed(&mut rulings, &closed);
    }
    if rulings.iter().any(|(_, ruling)| matches!(ruling, Ruling::Refuse { .. })) {
        outcome.composed = None;
    }
    outcome.not_before = outcome.not_before.max(waits_until(&rulings));
    outcome.verdicts.extend(rulings.into_iter().map(|(gate, ruling)| ruling.verdict(gate, now)));
    outcome.address_hash = wanted.into_iter().nth(place).and_then(|one| one.address_hash);
    Ok(())
}

/// The channels that it may take, in their order; one that goes nowhere is looked at as if it were a mail.
fn channels(outcome: &Outcome) -> Vec<&'static str> {
    let mut channels: Vec<&'static str> = outcome.ways.iter().map(|way| way.medium.name()).collect();
    channels.dedup();
    if channels.is_empty() { vec![EMAIL] } else { channels }
}

fn note_closed(rulings: &mut [(&'static str, Ruling)], closed: &[&str]) {
    let suppression = rulings.iter_mut().find(|(gate, _)| *gate == "suppression");
    if let (Some((_, ruling)), false) = (suppression, closed.is_empty()) {
        *ruling = Ruling::Pass(format!("closed to it, and passed over: {}", closed.join(", ")));
    }
}
