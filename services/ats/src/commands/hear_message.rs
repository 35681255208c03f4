//! Outreach says what became of a message.
//!
//! Each message is a subject of its own, so what is said of one can arrive after what was said of a later one: an event
//! that was parked comes when it is replayed. Only the last invitation counts, therefore; and what is said of a message
//! that nobody needs any more makes no task.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{InterviewState, TaskKind},
    outreach::v1::{MessageBounced, MessageFailed, MessageKind, MessageRefused, MessageSent},
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
        return hear_offer::sent(tx, cadence, event).await;
    }
    let sent = wire::required_instant("send_time", event.send_time.as_ref())?;
    if let Some(interview) = interview(tx, &event.interview_id).await? {
        reached(tx, cadence, interview, event, sent).await?;
    }
    // The turn comes last, as everybody takes it.
    match wire::optional_id("application_id", &event.application_id)? {
        Some(application) if is_word(event.kind()) => turn::word(tx, application, sent).await,
        Some(application) => turn::settle(tx, application).await,
        None => Ok(()),
    }
}

/// What a message about an interview brings once its channel took it.
async fn reached(
    tx: &mut TenantTx,
    cadence: &Cadence,
    mut interview: Interview,
    event: &MessageSent,
    sent: DateTime<Utc>,
) -> Result<()> {
    let is_question = asks(event.kind(), &interview, &event.business_key);
    let what = if is_question { What::Asked { sent } } else { What::told(event.kind(), sent) };
    history::happened(tx, cadence, interview.id, vec![what]).await?;
    if is_question || event.kind() == MessageKind::InterviewRescheduled {
        say::settle(tx, &interview, &[TaskKind::MessageRefused, TaskKind::MessageFailed]).await?;
    }
    if event.kind() == MessageKind::InterviewInvitation && is_last(&interview, &event.business_key) {
        let tell = interview.invited(tx.now());
        say::tell(tx, &mut interview, tell).await?;
        store::interviews::update(tx, &interview).await?;
    }
    Ok(())
}

/// A message was refused: a task says what is missing, unless it has been mended meanwhile.
pub async fn refused(tx: &mut TenantTx, cadence: &Cadence, event: &MessageRefused) -> Result<()> {
    if hear_offer::is_ours(event.kind()) {
        return hear_offer::refused(tx, cadence, event).await;
    }
    let Some(interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    let application = interview.application_id;
    held_back(tx, cadence, interview, event).await?;
    turn::settle(tx, application).await
}

async fn held_back(
    tx: &mut TenantTx,
    cadence: &Cadence,
    mut interview: Interview,
    event: &MessageRefused,
) -> Result<()> {
    let is_invitation = event.kind() == MessageKind::InterviewInvitation;
    if is_invitation && !is_last(&interview, &event.business_key) {
        return Ok(());
    }
    lost(tx, cadence, &interview, asks(event.kind(), &interview, &event.business_key), &event.reason).await?;
    if is_invitation {
        let tell = interview.not_invited(tx.now());
        say::tell(tx, &mut interview, tell).await?;
        store::interviews::update(tx, &interview).await?;
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
        return hear_offer::failed(tx, cadence, event).await;
    }
    let Some(interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    let application = interview.application_id;
    given_up(tx, cadence, interview, event).await?;
    turn::settle(tx, application).await
}

/// A message that was sent came back: it has reached nobody, as one that was given up.
pub async fn bounced(tx: &mut TenantTx, cadence: &Cadence, event: MessageBounced) -> Result<()> {
    let event = MessageFailed {
        message_id: event.message_id,
        kind: event.kind,
        candidate_id: event.candidate_id,
        application_id: event.application_id,
        interview_id: event.interview_id,
        reason: "BOUNCED".to_owned(),
        business_key: event.business_key,
    };
    failed(tx, cadence, &event).await
}

async fn given_up(tx: &mut TenantTx, cadence: &Cadence, mut interview: Interview, event: &MessageFailed) -> Result<()> {
    if event.kind() == MessageKind::InterviewInvitation {
        if !is_last(&interview, &event.business_key) {
            return Ok(());
        }
        interview.invitation = Invitation::Failed;
        store::interviews::update(tx, &interview).await?;
    }
    lost(tx, cadence, &interview, asks(event.kind(), &interview, &event.business_key), &event.reason).await?;
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
    is_question: bool,
    reason: &str,
) -> Result<()> {
    if !is_question {
        return Ok(());
    }
    history::happened(tx, cadence, interview.id, vec![What::Undelivered { reason: reason.to_owned() }]).await
}

/// Whether a message is the last question whether they will come: the invitation, or the host's new time. What became of
/// an earlier one tells nothing about whether they know the present time.
fn asks(kind: MessageKind, interview: &Interview, business_key: &str) -> bool {
    match kind {
        MessageKind::InterviewInvitation => is_last(interview, business_key),
        MessageKind::InterviewRescheduled => {
            interview.state == InterviewState::Scheduled
                && business_key == format!("{}/rescheduled/{}", interview.id, interview.calendar_sequence)
        }
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
            | MessageKind::InterviewDeclined
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
        MessageKind::InterviewDeclined => false,
        _ => true,
    }
}
