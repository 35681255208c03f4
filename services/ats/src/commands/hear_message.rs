//! Outreach says what became of a message.
//!
//! Each message is a subject of its own, so what is said of one can arrive after what was said of a later one: an event
//! that was parked comes when it is replayed. Only the last invitation counts, therefore; and what is said of a message
//! that nobody needs any more makes no task.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{InterviewState, TaskKind},
    outreach::v1::{MessageFailed, MessageKind, MessageRefused, MessageSent},
};

use super::{hear_offer, history, say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{Interview, Invitation, Tell},
        moment::What,
    },
    store,
};

/// A message went out. What is followed up counts from the sending.
pub async fn sent(tx: &mut TenantTx, cadence: &Cadence, event: &MessageSent) -> Result<()> {
    if hear_offer::is_ours(event.kind()) {
        return hear_offer::sent(tx, event).await;
    }
    if let (true, Some(application)) =
        (is_word(event.kind()), wire::optional_id("application_id", &event.application_id)?)
    {
        let sent = wire::required_instant("send_time", event.send_time.as_ref())?;
        turn::word(tx, application, sent).await?;
    }
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    let sent = wire::required_instant("send_time", event.send_time.as_ref())?;
    let what = if asks(event.kind(), &interview) { What::Asked { sent } } else { What::told(event.kind(), sent) };
    history::happened(tx, cadence, &interview, vec![what]).await?;
    if matches!(event.kind(), MessageKind::InterviewInvitation | MessageKind::InterviewRescheduled) {
        say::settle(tx, &interview, &[TaskKind::MessageRefused, TaskKind::MessageFailed]).await?;
    }
    if event.kind() == MessageKind::InterviewInvitation && is_last(&interview, &event.business_key) {
        let tell = interview.invited(tx.now());
        say::tell(tx, &mut interview, tell).await?;
        store::interviews::update(tx, &interview).await?;
        turn::settle(tx, interview.application_id).await?;
    }
    Ok(())
}

/// A message was refused: a task says what is missing, unless it has been mended meanwhile.
pub async fn refused(tx: &mut TenantTx, cadence: &Cadence, event: &MessageRefused) -> Result<()> {
    if hear_offer::is_ours(event.kind()) {
        return hear_offer::refused(tx, event).await;
    }
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    let is_invitation = event.kind() == MessageKind::InterviewInvitation;
    if is_invitation && !is_last(&interview, &event.business_key) {
        return Ok(());
    }
    lost(tx, cadence, &interview, event.kind(), &event.reason).await?;
    if is_invitation {
        let tell = interview.not_invited(tx.now());
        say::tell(tx, &mut interview, tell).await?;
        store::interviews::update(tx, &interview).await?;
        turn::settle(tx, interview.application_id).await?;
        if tell != Tell::Nothing {
            return Ok(());
        }
    }
    if !is_needed(event.kind(), &interview, tx) {
        return Ok(());
    }
    let missing = event.missing_facts.join(", ");
    let why = if missing.is_empty() {
        format!("A message was refused: {}.", event.reason)
    } else {
        format!("A message was refused because facts are missing: {missing}.")
    };
    let suggestion = if is_invitation {
        "Complete the interview; the invitation then goes out by itself."
    } else {
        "Complete the interview, and tell the candidate in another way."
    };
    let due = tx.now();
    say::task(tx, TaskKind::MessageRefused, &interview, due, why, suggestion).await
}

/// A message was given up: somebody has to reach the candidate in another way.
pub async fn failed(tx: &mut TenantTx, cadence: &Cadence, event: &MessageFailed) -> Result<()> {
    if hear_offer::is_ours(event.kind()) {
        return hear_offer::failed(tx, event).await;
    }
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    if event.kind() == MessageKind::InterviewInvitation {
        if !is_last(&interview, &event.business_key) {
            return Ok(());
        }
        interview.invitation = Invitation::Failed;
        store::interviews::update(tx, &interview).await?;
        turn::settle(tx, interview.application_id).await?;
    }
    lost(tx, cadence, &interview, event.kind(), &event.reason).await?;
    if !is_needed(event.kind(), &interview, tx) {
        return Ok(());
    }
    let why = format!("A message could not be delivered: {}.", event.reason);
    let due = tx.now();
    say::task(tx, TaskKind::MessageFailed, &interview, due, why, "Check the address, or call.").await
}

/// A question did not get to the candidate.
async fn lost(
    tx: &mut TenantTx,
    cadence: &Cadence,
    interview: &Interview,
    kind: MessageKind,
    reason: &str,
) -> Result<()> {
    if !asks(kind, interview) {
        return Ok(());
    }
    history::happened(tx, cadence, interview, vec![What::Undelivered { reason: reason.to_owned() }]).await
}

/// Whether a message asks the candidate if they will come: the invitation, and the host's new time.
fn asks(kind: MessageKind, interview: &Interview) -> bool {
    match kind {
        MessageKind::InterviewInvitation => true,
        MessageKind::InterviewRescheduled => interview.state == InterviewState::Scheduled,
        _ => false,
    }
}

/// The interview that a message is about, locked; messages about nothing of ours are none of our business.
pub async fn interview(tx: &mut TenantTx, id: &str) -> Result<Option<Interview>> {
    match wire::optional_id("interview_id", id)? {
        None => Ok(None),
        Some(id) => match store::interviews::lock(tx, id).await {
            Ok(interview) => Ok(Some(interview)),
            Err(error) if error.reason() == "INTERVIEW_NOT_FOUND" => Ok(None),
            Err(error) => Err(error),
        },
    }
}

/// Whether a message is the last invitation that was asked for; earlier ones are history.
fn is_last(interview: &Interview, business_key: &str) -> bool {
    business_key == format!("{}/invitation/{}", interview.id, interview.invitations)
}

/// Whether a message is a word to the candidate in itself; what is said about an interview is in the interview's state.
fn is_word(kind: MessageKind) -> bool {
    !matches!(
        kind,
        MessageKind::InterviewInvitation
            | MessageKind::InterviewReminder
            | MessageKind::InterviewRescheduled
            | MessageKind::InterviewCancelled
            | MessageKind::InterviewUpcoming
            | MessageKind::RescheduleOffer
    )
}

/// Whether the candidate still needs what a message was to tell them.
fn is_needed(kind: MessageKind, interview: &Interview, tx: &TenantTx) -> bool {
    match kind {
        MessageKind::InterviewInvitation
        | MessageKind::InterviewRescheduled
        | MessageKind::InterviewUpcoming
        | MessageKind::RescheduleOffer => interview.is_open(tx.now()),
        MessageKind::InterviewReminder => interview.awaits_answer(tx.now()),
        _ => true,
    }
}
