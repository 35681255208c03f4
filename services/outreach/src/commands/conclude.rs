//! A try ends: the channel took the message, or did not.

use chassis::{Result, TenantTx, wire};
use usher_proto::outreach::v1::{MessageFailed, MessageSent, MessageState};

use crate::{
    channels::SendError,
    domain::{
        backoff,
        message::{EMAIL, Message},
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
        Err(SendError::Transient(_)) if message.tries < backoff::TRIES => {
            message.state = MessageState::Queued;
            message.next_time = tx.now() + backoff::pause(message.tries, rand::random());
            store::messages::update(tx, &message).await
        }
        Err(error) => failed(tx, &mut message, &error).await,
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
        channel: EMAIL.to_owned(),
        send_time: Some(wire::timestamp(tx.now())),
        business_key: message.draft.business_key.clone(),
        experiment_id: message.experiment_id.map(|id| id.to_string()).unwrap_or_default(),
        arm: message.arm.clone(),
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
