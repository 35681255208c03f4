//! At the moment of handing over: does it still hold that these messages may go?
//!
//! People unsubscribe, withdraw consent, are claimed by a recruiter, or turn out not to be reachable while their messages
//! wait; and what was to go in the evening may have become a message of the night. How often a person is written to was
//! decided when there was room, and is not asked again.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};

use super::{urgency, zone};
use crate::{
    domain::{
        gate::{Case, Ruling, Sender, nature, person::Person, waits_until},
        message::{Message, Verdict},
    },
    store::{
        self,
        gate::{Wanted, note, notes, standings},
    },
};

/// A message with its reader, as talent knows them now.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'send> {
    pub message: &'send Message,
    pub person: &'send Person,
}

/// What becomes of it. The verdicts are those of the gates that have something to say against it.
#[derive(Debug, Clone)]
pub enum Answer {
    Pass,
    Defer { until: DateTime<Utc>, verdicts: Vec<Verdict> },
    Refuse { verdicts: Vec<Verdict> },
}

/// The answers for some messages of one tenant, in their order. However many they are, it takes seven statements.
pub async fn run(tx: &mut TenantTx, asked: &[Asked<'_>]) -> Result<Vec<Answer>> {
    let (vault, tenant) = (tx.vault(), tx.tenant());
    let wanted: Vec<Wanted> = asked
        .iter()
        .map(|one| Wanted {
            candidate: one.message.candidate_id,
            address_hash: one.person.address_hash(&vault, tenant, &one.message.channel),
        })
        .collect();
    let policy = store::policies::get(tx).await?;
    let standings = standings(tx, &wanted).await?;
    let ids: Vec<_> = asked.iter().map(|one| one.message.id).collect();
    let notes = notes(tx, &ids).await?;
    let mut answers = Vec::with_capacity(asked.len());
    for ((one, wanted), standing) in asked.iter().zip(wanted).zip(standings) {
        let (sender, noted) = notes.get(&one.message.id).cloned().unwrap_or_default();
        if noted != wanted.address_hash {
            // They have another address by now: what comes back is about that one.
            note(tx, one.message.id, &sender, wanted.address_hash.as_deref()).await?;
        }
        let draft = &one.message.draft;
        let case = Case {
            nature: nature::of_draft(draft),
            channel: &one.message.channel,
            sender: &Sender::of(&sender),
            zone: policy.zone_of(&one.person.time_zone, zone(draft)),
            urgency: urgency(draft),
            agreed: &one.person.agreed,
            standing: &standing,
            policy: &policy,
            contacts: None,
        };
        answers.push(answer(case.rulings(tx.now()), tx.now()));
    }
    Ok(answers)
}

fn answer(rulings: Vec<(&'static str, Ruling)>, now: DateTime<Utc>) -> Answer {
    let until = waits_until(&rulings);
    let is_refused = rulings.iter().any(|(_, ruling)| matches!(ruling, Ruling::Refuse { .. }));
    let against = rulings.into_iter().filter(|(_, ruling)| !matches!(ruling, Ruling::Pass(_)));
    let verdicts = against.map(|(gate, ruling)| ruling.verdict(gate, now)).collect();
    match until {
        _ if is_refused => Answer::Refuse { verdicts },
        Some(until) => Answer::Defer { until, verdicts },
        None => Answer::Pass,
    }
}
