//! A try ends: the channel took the message, or did not.

use chassis::{Result, TenantTx, wire};
use usher_proto::outreach::v1::{MessageFailed, MessageSent, MessageState};

use super::fall_back;
use crate::{
    channels::SendError,
    domain::{
        backoff,
        message::Message,
        step::{Failure, Step},
    },
    store,
};

/// The try of that number ended so. The message may be somebody else's by now, if the lease ran out on the way.
pub async fn run(tx: &mut TenantTx, mut message: Message, number: i32, outcome: Result<(), SendError>) -> Result<()> {
    let error = outcome.as_ref().err().map(ToString::to_string);
    store::messages::end_attempt(tx, message.id, number, error.as_deref()).await?;
    let ours = message.state == MessageState::Sending && message.tries == number;
    match outcome {
        // What is sent is sent, whoever has the message now; but it is said once.
        Ok(()) if message.state == MessageState::Sent => Ok(()),
        Err(_) if !ours => Ok(()),
        Ok(()) => sent(tx, &mut message).await,
        Err(error) => not_taken(tx, &mut message, &error).await,
    }
}

async fn not_taken(tx: &mut TenantTx, message: &mut Message, error: &SendError) -> Result<()> {
    let failure = error.failure();
    if failure == Failure::Address {
        super::suppress::bounced(tx, message.id, &error.to_string()).await?;
    }
    let step = fall_back::next(message, failure, backoff::TRIES);
    message.in_doubt |= matches!(failure, Failure::Lost | Failure::Passing { in_doubt: true });
    match step {
        Step::Again => {
            message.state = MessageState::Queued;
            let pause = backoff::pause(message.tries_here(), rand::random());
            message.next_time = tx.now() + error.retry_after().unwrap_or(pause).max(pause);
            store::messages::update(tx, message).await
        }
        Step::NextChannel => fall_back::run(tx, message).await,
        Step::GiveUp => failed(tx, message, error).await,
    }
}

async fn sent(tx: &mut TenantTx, message: &mut Message) -> Result<()> {
    message.state = MessageState::Sent;
    message.send_time = Some(tx.now());
    store::messages::update(tx, message).await?;
    let sent = MessageSent {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        template_id: message.template_id.clone(),
        language: message.language.clone(),
        channel: message.channel.clone(),
        send_time: Some(wire::timestamp(tx.now())),
        business_key: message.draft.business_key.clone(),
    };
    outbox::append(tx, message.id, &sent).await?;
    Ok(())
}

async fn failed(tx: &mut TenantTx, message: &mut Message, error: &SendError) -> Result<()> {
    message.state = MessageState::Failed;
    store::messages::update(tx, message).await?;
    let failed = MessageFailed {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        reason: error.reason().to_owned(),
        business_key: message.draft.business_key.clone(),
    };
    outbox::append(tx, message.id, &failed).await?;
    Ok(())
}
