//! What follows from something that came back, once it is known which message it answers.

use chassis::{Actor, Result, TenantTx, wire};
use usher_proto::outreach::v1::{DeliveryOutcome, MessageBounced, ReplyClassified, ReplyKind};

use super::{preferences, suppress};
use crate::domain::{message::Message, reply::Reply};

/// A mail that came back for good closes its address, a complaint closes the channel for what nobody asked for, who wants no
/// more gets no more; and whoever works with the person hears what they said.
pub async fn run(tx: &mut TenantTx, reply: &Reply, message: &Message) -> Result<()> {
    match reply.kind {
        ReplyKind::Delivery if reply.outcome == DeliveryOutcome::Hard => bounced(tx, reply, message).await?,
        ReplyKind::Complaint => suppress::complained(tx, message, &format!("a complaint, {}", reply.id)).await?,
        _ => {}
    }
    if reply.unsubscribes() {
        unsubscribe(tx, reply, message).await?;
    }
    if reply.is_word() {
        let said = ReplyClassified {
            message_id: message.id.to_string(),
            candidate_id: message.candidate_id.to_string(),
            application_id: message.draft.application_id.clone(),
            interview_id: message.draft.interview_id.clone(),
            ..classified(reply)
        };
        outbox::append(tx, message.id, &said).await?;
    }
    Ok(())
}

/// What a reply says, without whose it is.
pub fn classified(reply: &Reply) -> ReplyClassified {
    ReplyClassified {
        intent: reply.intent.into(),
        confidence: reply.confidence,
        quote: reply.quote.clone(),
        receive_time: Some(wire::timestamp(reply.receive_time)),
        reply_id: reply.id.to_string(),
        ..ReplyClassified::default()
    }
}

async fn bounced(tx: &mut TenantTx, reply: &Reply, message: &Message) -> Result<()> {
    let code = if reply.status.is_empty() { "no code" } else { &reply.status };
    suppress::bounced(tx, message.id, &format!("it came back ({code}), {}", reply.id)).await?;
    let bounced = MessageBounced {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.candidate_id.to_string(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        status: reply.status.clone(),
        business_key: message.draft.business_key.clone(),
        reply_id: reply.id.to_string(),
    };
    outbox::append(tx, message.id, &bounced).await?;
    Ok(())
}

/// In the name of whoever wrote it.
async fn unsubscribe(tx: &mut TenantTx, reply: &Reply, message: &Message) -> Result<()> {
    let before = tx.ctx().actor.clone();
    tx.act_for(Actor::candidate());
    let done = preferences::unsubscribe(tx, message, &format!("their words in {}", reply.id)).await;
    tx.act_for(before);
    done
}
