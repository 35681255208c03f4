//! Tries end: the channel took the messages, or did not. For many of a tenant at once, in few statements.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use opentelemetry::KeyValue;
use usher_proto::outreach::v1::{MessageFailed, MessageSent, MessageState};

use crate::{
    channels::SendError,
    domain::{
        ending::{self, Ending, Tried},
        message::{Attempt, Message, MessageId},
        step::Failure,
    },
    metrics,
    store::{
        self,
        claims::Claimed,
        dead_letters::{self, GivenUp},
        endings,
    },
};

/// A try that has ended.
#[derive(Debug, Clone)]
pub struct Ended {
    pub claimed: Claimed,
    pub tried: Tried,
}

/// What became of a message, for those who count.
#[derive(Debug)]
pub struct Kept {
    pub ending: Ending,
    channel: String,
    tries: i32,
    error: Option<&'static str>,
}

/// What a channel said, as a try that has ended.
pub fn tried(outcome: Result<(), SendError>) -> Tried {
    match outcome {
        Ok(()) => Tried::Taken,
        Err(error) => Tried::Failed {
            what: error.to_string(),
            reason: error.reason(),
            failure: error.failure(),
            asked: error.retry_after(),
        },
    }
}

/// Keeps what came of a tenant's tries. A message may be somebody else's by now, if the lease ran out on the way; one that is
/// forgotten meanwhile leaves nothing.
pub async fn run(tx: &mut TenantTx, ended: Vec<Ended>) -> Result<Vec<Kept>> {
    let ids: Vec<MessageId> = ended.iter().map(|ended| ended.claimed.message.id).collect();
    let standing = endings::standing(tx, &ids).await?;
    let now = tx.now();
    let mut came_late = Vec::new();
    let decided: Vec<(Ended, Ending)> = ended
        .into_iter()
        .filter_map(|ended| {
            let standing = *standing.get(&ended.claimed.message.id)?;
            let (message, number) = (&ended.claimed.message, ended.claimed.number);
            let ending = ending::decide(standing, message, number, &ended.tried, now, rand::random());
            if ending == Ending::Sent && standing.state == MessageState::Failed {
                came_late.push(message.id);
            }
            Some((ended, ending))
        })
        .collect();
    if decided.is_empty() {
        return Ok(Vec::new());
    }
    let attempts: Vec<(MessageId, Attempt)> = decided.iter().map(|(ended, _)| attempt(ended)).collect();
    endings::note_attempts(tx, &attempts).await?;
    sent(tx, &decided).await?;
    dead_letters::remove(tx, &came_late).await?;
    given_up(tx, &decided).await?;
    endings::again(tx, &later(&decided)).await?;
    // Where it went is known only until it turns to its next channel.
    bounced(tx, &decided).await?;
    turned(tx, &decided).await?;
    Ok(decided.into_iter().map(|(ended, ending)| kept(&ended, ending)).collect())
}

fn attempt(ended: &Ended) -> (MessageId, Attempt) {
    let attempt = Attempt {
        number: ended.claimed.number,
        start_time: ended.claimed.begin,
        end_time: None,
        succeeded: ended.tried == Tried::Taken,
        error: ended.tried.error().unwrap_or_default().to_owned(),
        channel: ended.claimed.message.channel.clone(),
    };
    (ended.claimed.message.id, attempt)
}

fn later(decided: &[(Ended, Ending)]) -> Vec<(MessageId, DateTime<Utc>)> {
    let later = |(ended, ending): &(Ended, Ending)| match ending {
        Ending::Again(time) if !is_doubted_anew(ended) => Some((ended.claimed.message.id, *time)),
        _ => None,
    };
    decided.iter().filter_map(later).collect()
}

fn is_doubted_anew(ended: &Ended) -> bool {
    ended.tried.leaves_doubt() && !ended.claimed.message.in_doubt
}

/// Those that turn to their next channel, and those that are doubted from now on: these are rare, and more changes.
async fn turned(tx: &mut TenantTx, decided: &[(Ended, Ending)]) -> Result<()> {
    let mut messages = Vec::new();
    for (ended, ending) in decided {
        let next_time = match ending {
            Ending::NextChannel => tx.now(),
            Ending::Again(time) if is_doubted_anew(ended) => *time,
            _ => continue,
        };
        let mut message = ended.claimed.message.clone();
        message.in_doubt |= ended.tried.leaves_doubt();
        message.tries = ended.claimed.number;
        message.state = MessageState::Queued;
        message.next_time = next_time;
        if *ending == Ending::NextChannel {
            message.turn();
        }
        messages.push(message);
    }
    if messages.is_empty() {
        return Ok(());
    }
    store::messages::update_all(tx, &messages).await
}

/// Nothing goes any more to where nobody is reached.
async fn bounced(tx: &mut TenantTx, decided: &[(Ended, Ending)]) -> Result<()> {
    for (Ended { claimed, tried }, ending) in decided {
        if let (Tried::Failed { failure: Failure::Address, what, .. }, true) = (tried, *ending != Ending::Unchanged) {
            super::suppress::bounced(tx, claimed.message.id, what).await?;
        }
    }
    Ok(())
}

async fn sent(tx: &mut TenantTx, decided: &[(Ended, Ending)]) -> Result<()> {
    let time = wire::timestamp(tx.now());
    let (mut numbers, mut said) = (Vec::new(), Vec::new());
    for (Ended { claimed, .. }, ending) in decided {
        if *ending == Ending::Sent {
            numbers.push((claimed.message.id, claimed.number));
            said.push((&claimed.message, sent_event(&claimed.message, time)));
        }
    }
    endings::sent(tx, &numbers).await?;
    super::say(tx, &said).await
}

fn sent_event(message: &Message, time: prost_types::Timestamp) -> MessageSent {
    MessageSent {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        template_id: message.template_id.clone(),
        language: message.language.clone(),
        channel: message.channel.clone(),
        send_time: Some(time),
        business_key: message.draft.business_key.clone(),
        experiment_id: message.experiment_id.map(|id| id.to_string()).unwrap_or_default(),
        arm: message.arm.clone(),
    }
}

async fn given_up(tx: &mut TenantTx, decided: &[(Ended, Ending)]) -> Result<()> {
    let (mut letters, mut said) = (Vec::new(), Vec::new());
    for (Ended { claimed, tried }, ending) in decided {
        let Ending::GivenUp(reason) = *ending else { continue };
        let message = &claimed.message;
        said.push((message, failed_event(message, reason)));
        letters.push(GivenUp {
            id: message.id,
            channel: &message.channel,
            priority: message.priority,
            reason,
            error: tried.error().unwrap_or_default(),
            tries: claimed.number,
        });
    }
    let numbers: Vec<(MessageId, i32)> = letters.iter().map(|letter| (letter.id, letter.tries)).collect();
    endings::given_up(tx, &numbers).await?;
    dead_letters::insert(tx, &letters).await?;
    super::say(tx, &said).await
}

fn failed_event(message: &Message, reason: &str) -> MessageFailed {
    MessageFailed {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        reason: reason.to_owned(),
        business_key: message.draft.business_key.clone(),
    }
}

fn kept(ended: &Ended, ending: Ending) -> Kept {
    let error = match &ended.tried {
        Tried::Taken => None,
        Tried::Failed { failure: Failure::Passing { .. }, .. } => Some("transient"),
        Tried::Failed { failure: Failure::Lost, .. } => Some("lost"),
        Tried::Failed { .. } => Some("permanent"),
        Tried::Unknown { .. } => Some("unknown"),
    };
    Kept { ending, channel: ended.claimed.message.channel.clone(), tries: ended.claimed.number, error }
}

/// Counts what was kept, once it is.
pub fn count(kept: &[Kept]) {
    for Kept { ending, channel, tries, error } in kept {
        let mut labels = metrics::channel(channel).to_vec();
        if let Some(error) = error {
            labels.push(KeyValue::new("error.type", *error));
        }
        metrics::SENT.add(1, &labels);
        let state = match ending {
            Ending::Sent => "sent",
            Ending::GivenUp(_) => "failed",
            Ending::Again(_) | Ending::NextChannel | Ending::Unchanged => continue,
        };
        let tries = u64::try_from(*tries).unwrap_or_default();
        metrics::TRIES.record(tries, &[KeyValue::new("state", state)]);
    }
}
