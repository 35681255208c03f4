//! Outreach says what became of a message.
//!
//! Each message is a subject of its own, so what is said of one can arrive after what was said of a later one: an event
//! that was parked comes when it is replayed. Only the last invitation counts, therefore; and what is said of a message
//! that nobody needs any more makes no task.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{InterviewState, TaskKind},
    outreach::v1::{MessageBounced, MessageFailed, MessageKind, MessageRefused, MessageSent},
};
use uuid::Uuid;

use super::{hear_offer, history, say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{Interview, InterviewId, Invitation, Tell},
        moment::{Subject, What},
    },
    store,
};

/// Messages went out. What is followed up counts from the sending.
pub async fn sent(tx: &mut TenantTx, cadence: &Cadence, events: &[MessageSent]) -> Result<()> {
    let (ours, events): (Vec<&MessageSent>, Vec<&MessageSent>) =
        events.iter().partition(|event| hear_offer::is_ours(event.kind()));
    for event in ours {
        hear_offer::sent(tx, cadence, event).await?;
    }
    reached(tx, cadence, &events).await?;
    // The turns come last, as everybody takes them.
    let (mut applications, mut words) = (BTreeSet::new(), Vec::new());
    for event in events {
        let Some(application) = wire::optional_id("application_id", &event.application_id)? else { continue };
        applications.insert(application);
        if is_word(event.kind()) {
            words.push((application, send_time(event)?));
        }
    }
    turn::note_words(tx, &words).await?;
    turn::settle_all(tx, &Vec::from_iter(applications)).await
}

fn send_time(event: &MessageSent) -> Result<DateTime<Utc>> {
    wire::required_instant("send_time", event.send_time.as_ref())
}

/// What messages about interviews bring once their channels took them.
async fn reached(tx: &mut TenantTx, cadence: &Cadence, events: &[&MessageSent]) -> Result<()> {
    let mut about: Vec<(InterviewId, &MessageSent)> = Vec::with_capacity(events.len());
    for event in events {
        about.extend(wire::optional_id("interview_id", &event.interview_id)?.map(|id| (id, *event)));
    }
    let ids: BTreeSet<InterviewId> = about.iter().map(|(id, _)| *id).collect();
    let mut interviews = store::interviews::lock_all(tx, &Vec::from_iter(ids)).await?;
    // Messages about nothing of ours are none of our business.
    about.retain(|(id, _)| interviews.contains_key(id));
    // What the first brings decides what the second about the same interview means.
    while !about.is_empty() {
        let mut seen = BTreeSet::new();
        let (first, later) = about.into_iter().partition(|(id, _)| seen.insert(*id));
        reached_once(tx, cadence, &mut interviews, first).await?;
        about = later;
    }
    Ok(())
}

/// Of each interview one message.
async fn reached_once(
    tx: &mut TenantTx,
    cadence: &Cadence,
    interviews: &mut BTreeMap<InterviewId, Interview>,
    about: Vec<(InterviewId, &MessageSent)>,
) -> Result<()> {
    let (mut happened, mut known) = (BTreeMap::<Subject, Vec<What>>::new(), Vec::<Uuid>::new());
    for (id, event) in &about {
        let Some(interview) = interviews.get(id) else { continue };
        let sent = send_time(event)?;
        let is_question = asks(event.kind(), interview, &event.business_key);
        let what = if is_question { What::Asked { sent } } else { What::told(event.kind(), sent) };
        happened.insert((*id).into(), vec![what]);
        if is_question || event.kind() == MessageKind::InterviewRescheduled {
            known.push(id.0);
        }
    }
    history::happened_all(tx, cadence, happened).await?;
    say::settle_all(tx, &known, &[TaskKind::MessageRefused, TaskKind::MessageFailed]).await?;
    invited(tx, interviews, &about).await
}

/// Invitations went out; what else a candidate has to be told then follows.
async fn invited(
    tx: &mut TenantTx,
    interviews: &mut BTreeMap<InterviewId, Interview>,
    about: &[(InterviewId, &MessageSent)],
) -> Result<()> {
    let mut invited = Vec::new();
    for (id, event) in about {
        let Some(interview) = interviews.get_mut(id) else { continue };
        if event.kind() != MessageKind::InterviewInvitation || !is_last(interview, &event.business_key) {
            continue;
        }
        match interview.invited(tx.now()) {
            Tell::Nothing => invited.push(*id),
            more => {
                say::tell(tx, interview, more).await?;
                store::interviews::update(tx, interview).await?;
            }
        }
    }
    store::interviews::invited(tx, &invited).await
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
