//! Outreach says what became of a message.
//!
//! Each message is a subject of its own, so what is said of one can arrive after what was said of a later one: an event
//! that was parked comes when it is replayed. Only the last invitation counts, therefore; and what is said of a message
//! that nobody needs any more makes no task.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::TaskKind,
    outreach::v1::{MessageFailed, MessageKind, MessageRefused, MessageSent},
};

use super::{say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{Interview, Invitation, Tell},
        timer::TimerKind,
    },
    store,
};

/// A message went out. An invitation's follow-up is set, counted from the sending.
pub async fn sent(tx: &mut TenantTx, cadence: &Cadence, event: &MessageSent) -> Result<()> {
    if let (true, Some(application)) =
        (is_word(event.kind()), wire::optional_id("application_id", &event.application_id)?)
    {
        let sent = wire::required_instant("send_time", event.send_time.as_ref())?;
        turn::word(tx, application, sent).await?;
    }
    let tells_the_time = matches!(event.kind(), MessageKind::InterviewInvitation | MessageKind::InterviewRescheduled);
    if !tells_the_time {
        return Ok(());
    }
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    say::settle(tx, &interview, &[TaskKind::MessageRefused, TaskKind::MessageFailed]).await?;
    if event.kind() != MessageKind::InterviewInvitation {
        return Ok(());
    }
    if is_last(&interview, &event.business_key) {
        let tell = interview.invited(tx.now());
        say::tell(tx, &mut interview, tell).await?;
        store::interviews::update(tx, &interview).await?;
        turn::settle(tx, interview.application_id).await?;
    }
    let sent = wire::required_instant("send_time", event.send_time.as_ref())?;
    match cadence.follow_up(sent, interview.start_time) {
        Some(due) if interview.awaits_answer(tx.now()) => {
            store::timers::set(tx, TimerKind::FollowUp, &[(interview.id.0, due)]).await
        }
        _ => Ok(()),
    }
}

/// A message was refused: a task says what is missing, unless it has been mended meanwhile.
pub async fn refused(tx: &mut TenantTx, event: &MessageRefused) -> Result<()> {
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    let is_invitation = event.kind() == MessageKind::InterviewInvitation;
    if is_invitation {
        if !is_last(&interview, &event.business_key) {
            return Ok(());
        }
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
pub async fn failed(tx: &mut TenantTx, event: &MessageFailed) -> Result<()> {
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    if event.kind() == MessageKind::InterviewInvitation {
        if !is_last(&interview, &event.business_key) {
            return Ok(());
        }
        interview.invitation = Invitation::Failed;
        store::interviews::update(tx, &interview).await?;
        turn::settle(tx, interview.application_id).await?;
    }
    if !is_needed(event.kind(), &interview, tx) {
        return Ok(());
    }
    let why = format!("A message could not be delivered: {}.", event.reason);
    let due = tx.now();
    say::task(tx, TaskKind::MessageFailed, &interview, due, why, "Check the address, or call.").await
}

/// The interview that a message is about, locked; messages about nothing of ours are none of our business.
async fn interview(tx: &mut TenantTx, id: &str) -> Result<Option<Interview>> {
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
    )
}

/// Whether the candidate still needs what a message was to tell them.
fn is_needed(kind: MessageKind, interview: &Interview, tx: &TenantTx) -> bool {
    match kind {
        MessageKind::InterviewInvitation | MessageKind::InterviewRescheduled => interview.is_open(tx.now()),
        MessageKind::InterviewReminder => interview.awaits_answer(tx.now()),
        MessageKind::InterviewCancelled | MessageKind::Custom | MessageKind::Unspecified => true,
    }
}
