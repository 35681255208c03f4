//! What the acts on an offer bring with them: whose turn it is, a message to the candidate, an event.

use chassis::{Result, TenantTx};
use usher_proto::{
    ats::v1::{MessageRequested, OfferClosed, OfferState, TaskKind},
    outreach::v1::{MessageDraft, MessageKind},
};

use super::{history, say};
use crate::{
    domain::{
        cadence::{Due, Rule},
        moment::What,
        offer::Offer,
        offer_draft,
        timer::TimerKind,
    },
    store,
};

/// What may stand in the workbench about an offer.
const ALL: [TaskKind; 6] = [
    TaskKind::OfferApproval,
    TaskKind::OfferToProceed,
    TaskKind::OfferUnanswered,
    TaskKind::OfferNotTaken,
    TaskKind::MessageRefused,
    TaskKind::MessageFailed,
];

/// Tells whoever's turn it is, and nobody else any more.
pub async fn turn(tx: &mut TenantTx, offer: &Offer) -> Result<()> {
    say::settle(tx, offer, &[TaskKind::OfferApproval, TaskKind::OfferToProceed]).await?;
    let due = tx.now();
    match (offer.state, offer.turn()) {
        (OfferState::PendingApproval, Some(turn)) => {
            let (place, all) = (offer.agreed + 1, offer.approvers.len());
            let why = format!("An offer waits for the approval of {turn}, {place} of {all}.");
            let suggestion = "Read the terms, and approve or refuse them.";
            say::task(tx, TaskKind::OfferApproval, offer, due, why, suggestion).await
        }
        (OfferState::Approved, _) => {
            let why = "An offer is approved; the candidate does not have it yet.".to_owned();
            say::task(tx, TaskKind::OfferToProceed, offer, due, why, "Send it.").await
        }
        _ => Ok(()),
    }
}

/// Takes everything about an offer out of the workbench, and ends its follow-up.
pub async fn over(tx: &mut TenantTx, offer: &Offer, what: What) -> Result<()> {
    if offer.send_time.is_some() {
        history::ended(tx, offer.id, what).await?;
    }
    store::timers::clear(tx, &[offer.id.0], &[TimerKind::OfferExpiry]).await?;
    say::settle(tx, offer, &ALL).await
}

/// Asks somebody to talk to a candidate who has not answered.
pub async fn unanswered(tx: &mut TenantTx, offer: &Offer) -> Result<()> {
    let why = "The candidate has an offer and has not answered.".to_owned();
    let suggestion = "Call and ask what they still need to decide; the offer expires when this task is due.";
    say::task(tx, TaskKind::OfferUnanswered, offer, offer.terms.expire_time, why, suggestion).await
}

/// Asks outreach for a message about an offer.
pub async fn message(tx: &mut TenantTx, kind: MessageKind, what: &str, offer: &Offer) -> Result<()> {
    let job = store::jobs::get(tx, offer.job_id).await?;
    ask(tx, offer, offer_draft::offer(kind, what, 1, offer, &job)).await
}

/// Asks outreach for the message of a rule that is due. Its name is the rule's turn, so that it goes out once.
pub async fn by_rule(tx: &mut TenantTx, rule: &Rule, due: &Due, offer: &Offer) -> Result<()> {
    let job = store::jobs::get(tx, offer.job_id).await?;
    let what = format!("{}/{}", due.rule, due.episode);
    let draft = offer_draft::offer(rule.message_kind(), &what, due.nth, offer, &job);
    ask(tx, offer, MessageDraft { channels: rule.channels.clone(), ..draft }).await
}

async fn ask(tx: &mut TenantTx, offer: &Offer, draft: MessageDraft) -> Result<()> {
    outbox::append(tx, offer.id, &MessageRequested { draft: Some(draft) }).await?;
    Ok(())
}

/// Says that an offer came to an end without an answer.
pub async fn closed(tx: &mut TenantTx, offer: &Offer) -> Result<()> {
    let closed = OfferClosed {
        offer_id: offer.id.to_string(),
        application_id: offer.application_id.to_string(),
        job_id: offer.job_id.to_string(),
        candidate_id: offer.candidate_id.to_string(),
        state: offer.state.into(),
        was_sent: offer.send_time.is_some(),
    };
    outbox::append(tx, offer.id, &closed).await?;
    Ok(())
}
