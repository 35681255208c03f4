//! Messages that were written are held against the contact gates.

use std::collections::{BTreeSet, HashMap};

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use outbox::merging;
use usher_proto::outreach::v1::MessageDraft;

use super::{urgency, zone};
use crate::{
    domain::{
        compose::Outcome,
        gate::{
            Case, Ruling, Sender, Standing, frequency::Contacts, nature, person::Person, policy::Policy, waits_until,
        },
        message::{CandidateId, EMAIL},
    },
    store::{
        self,
        gate::{Wanted, contacts, standings},
    },
};

/// A message that was written, with who wrote it, and to whom.
#[derive(Debug)]
pub struct Written<'send> {
    pub draft: &'send MessageDraft,
    pub sender: Sender,
    pub person: &'send Person,
    pub outcome: &'send mut Outcome,
}

/// A channel that a message may take, and how its reader stands there.
type Way = (&'static str, Wanted, Standing);

/// Adds what every gate says to what is known of messages so far, in their order: one that may go counts for those after it.
/// Of the channels of each those are left that are open, if any is; one that is refused loses its text; one that waits gets
/// the moment. However many they are, the statements are the same few.
pub async fn run(tx: &mut TenantTx, written: &mut [Written<'_>]) -> Result<()> {
    if written.is_empty() {
        return Ok(());
    }
    let people = people(tx, written).await?;
    let policy = store::policies::get(tx).await?;
    let alone: BTreeSet<CandidateId> = people
        .iter()
        .zip(written.iter())
        .filter(|(_, one)| nature::of_draft(one.draft).is_marketing)
        .map(|(id, _)| *id)
        .collect();
    let mut contacts: HashMap<CandidateId, Contacts> =
        contacts(tx, &people, &alone, policy.caps.safety_per_day).await?;
    let ways = ways(tx, &people, written).await?;
    let now = tx.now();
    for ((one, candidate), ways) in written.iter_mut().zip(people).zip(ways) {
        decide(one, &ways, contacts.entry(candidate).or_default(), &policy, now);
    }
    Ok(())
}

/// Who stands for those who are written to.
async fn people(tx: &mut TenantTx, written: &[Written<'_>]) -> Result<Vec<CandidateId>> {
    let addressed: Vec<CandidateId> =
        written.iter().map(|one| wire::id("draft.candidate_id", &one.draft.candidate_id)).collect::<Result<_>>()?;
    let roots = merging::settled_all(tx, &addressed.iter().map(|id| id.0).collect::<Vec<_>>()).await?;
    Ok(addressed.iter().map(|id| roots.get(&id.0).map_or(*id, |root| CandidateId(*root))).collect())
}

/// The channels that each may take, in their order.
async fn ways(tx: &mut TenantTx, people: &[CandidateId], written: &[Written<'_>]) -> Result<Vec<Vec<Way>>> {
    let (vault, tenant) = (tx.vault(), tx.tenant());
    let channels: Vec<Vec<&'static str>> = written.iter().map(|one| channels(one.outcome)).collect();
    let mut wanted = Vec::new();
    for ((candidate, one), channels) in people.iter().zip(written).zip(&channels) {
        for channel in channels {
            let address_hash = one.person.address_hash(&vault, tenant, channel);
            wanted.push(Wanted { candidate: *candidate, address_hash });
        }
    }
    let standings = standings(tx, &wanted).await?;
    let mut known = wanted.into_iter().zip(standings);
    let of_one = |channels: Vec<&'static str>| {
        channels
            .into_iter()
            .zip(known.by_ref())
            .map(|(channel, (wanted, standing))| (channel, wanted, standing))
            .collect()
    };
    Ok(channels.into_iter().map(of_one).collect())
}

/// The channels that it may take; one that goes nowhere is looked at as if it were a mail.
fn channels(outcome: &Outcome) -> Vec<&'static str> {
    let mut channels: Vec<&'static str> = outcome.ways.iter().map(|way| way.medium.name()).collect();
    channels.dedup();
    if channels.is_empty() { vec![EMAIL] } else { channels }
}

fn decide(one: &mut Written<'_>, ways: &[Way], contacts: &mut Contacts, policy: &Policy, now: DateTime<Utc>) {
    let nature = nature::of_draft(one.draft);
    let urgency = urgency(one.draft);
    let (sender, person) = (&one.sender, one.person);
    let mut cases = Vec::with_capacity(ways.len());
    for (channel, _, standing) in ways {
        cases.push(Case {
            nature,
            channel,
            sender,
            zone: policy.zone_of(&person.time_zone, zone(one.draft)),
            urgency,
            agreed: &person.agreed,
            standing,
            policy,
            contacts: Some(&*contacts),
        });
    }
    let place = cases.iter().position(|case| !case.is_closed()).unwrap_or_default();
    let (Some(case), Some((_, wanted, _))) = (cases.get(place), ways.get(place)) else { return };
    let outcome = &mut *one.outcome;
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
    outcome.address_hash.clone_from(&wanted.address_hash);
    if outcome.composed.is_some() && outcome.refusal().is_none() {
        contacts.note(outcome.not_before.unwrap_or(now), nature.is_marketing);
    }
}

fn note_closed(rulings: &mut [(&'static str, Ruling)], closed: &[&str]) {
    let suppression = rulings.iter_mut().find(|(gate, _)| *gate == "suppression");
    if let (Some((_, ruling)), false) = (suppression, closed.is_empty()) {
        *ruling = Ruling::Pass(format!("closed to it, and passed over: {}", closed.join(", ")));
    }
}
