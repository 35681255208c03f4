//! Outreach says what became of a message.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::{
    ats::v1::{InterviewState, TaskKind},
    outreach::v1::{MessageFailed, MessageKind, MessageRefused, MessageSent},
};

use super::say;
use crate::{
    domain::{
        cadence,
        interview::{Interview, Invitation},
    },
    store,
};

/// An invitation went out: its follow-up is set, counted from the sending.
pub async fn sent(tx: &mut TenantTx, event: &MessageSent, remind_after: TimeDelta) -> Result<()> {
    if event.kind() != MessageKind::InterviewInvitation {
        return Ok(());
    }
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    say::settle(tx, &interview, &[TaskKind::MessageRefused, TaskKind::MessageFailed]).await?;
    if is_last(&interview, &event.business_key) {
        interview.invitation = Invitation::Sent;
        store::interviews::update(tx, &interview).await?;
    }
    let sent: DateTime<Utc> = wire::required_instant("send_time", event.send_time.as_ref())?;
    if interview.state == InterviewState::Scheduled
        && let Some((kind, due)) = cadence::follow_up(sent, interview.start_time, remind_after)
    {
        store::timers::set(tx, interview.id, kind, due).await?;
    }
    Ok(())
}

/// A message was refused: a task says what is missing, unless it has been mended meanwhile.
pub async fn refused(tx: &mut TenantTx, event: &MessageRefused) -> Result<()> {
    let Some(mut interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    if event.kind() == MessageKind::InterviewInvitation {
        if !is_last(&interview, &event.business_key) {
            return Ok(());
        }
        if interview.version > interview.invitation_version && interview.is_open(tx.now()) {
            say::invitation(tx, &mut interview).await?;
            return store::interviews::update(tx, &interview).await;
        }
        interview.invitation = Invitation::Refused;
        store::interviews::update(tx, &interview).await?;
    }
    let missing = event.missing_facts.join(", ");
    let why = if missing.is_empty() {
        format!("A message was refused: {}.", event.reason)
    } else {
        format!("A message was refused because facts are missing: {missing}.")
    };
    let due = tx.now();
    let suggestion = "Complete the interview; the message then goes out by itself.";
    say::task(tx, TaskKind::MessageRefused, &interview, due, why, suggestion).await
}

/// A message was given up: somebody has to reach the candidate in another way.
pub async fn failed(tx: &mut TenantTx, event: &MessageFailed) -> Result<()> {
    let Some(interview) = interview(tx, &event.interview_id).await? else { return Ok(()) };
    let why = format!("A message could not be delivered: {}.", event.reason);
    let due = tx.now();
    let suggestion = "Check the address, or call.";
    say::task(tx, TaskKind::MessageFailed, &interview, due, why, suggestion).await
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
