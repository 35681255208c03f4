//! The contact gates, asked twice: when a message is prepared, and again when it is handed over, since what stands in its
//! way may have come in between.

pub mod examine;
pub mod recheck;
pub mod turn_away;

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::outreach::v1::MessageDraft;

use crate::{
    commands::lease,
    domain::{
        gate::{
            Sender,
            lease::{self as rules, Lease},
            quiet::Urgency,
        },
        message::{CandidateId, Message},
    },
    store,
};

/// By when a message has to be read.
fn urgency(draft: &MessageDraft) -> Urgency {
    let Some(facts) = &draft.facts else { return Urgency::default() };
    // The text's gate has something to say of a time that is none.
    let time = |field: &str, time: Option<&prost_types::Timestamp>| wire::instant(field, time?).ok();
    Urgency {
        start: time("facts.start_time", facts.start_time.as_ref()),
        answer_by: time("facts.answer_by", facts.answer_by.as_ref()),
    }
}

/// The zone that a message names.
fn zone(draft: &MessageDraft) -> &str {
    draft.facts.as_ref().map(|facts| facts.time_zone.as_str()).unwrap_or_default()
}

/// A refusal as a caller reads it: whoever is stopped by a lease is told whose it is.
pub async fn told(tx: &mut TenantTx, candidate: &str, error: Error) -> Result<Error> {
    if error.reason() != rules::HELD {
        return Ok(error);
    }
    let candidate: CandidateId = wire::id("draft.candidate_id", candidate)?;
    let held = lease::holding(tx, candidate).await?;
    Ok(held.iter().fold(error, |error, lease: &Lease| lease.tell(error)))
}

/// Whoever writes to a person by hand has them for a while, where the tenant wants it so and nobody has them.
pub async fn claim_on_send(tx: &mut TenantTx, message: &Message) -> Result<()> {
    if Sender::of(tx.ctx().actor.as_str()) == Sender::Automated {
        return Ok(());
    }
    match store::policies::get(tx).await?.lease_on_send() {
        Some(duration) => lease::claim_for(tx, message, duration).await,
        None => Ok(()),
    }
}
