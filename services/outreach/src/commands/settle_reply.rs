//! Somebody says whose a waiting reply is, or that it is nobody's.

use chassis::{Error, Result, TenantTx, wire::optional_id};
use usher_proto::outreach::v1::{AssignReplyRequest, DismissReplyRequest, ReplyMatch};

use super::follow_reply;
use crate::{
    domain::{
        message::{CandidateId, MessageId},
        reply::{Reply, Settled},
    },
    store,
};

/// It is that message's, or that person's; what follows from it follows now.
pub async fn assign(tx: &mut TenantTx, request: AssignReplyRequest) -> Result<Reply> {
    let message: Option<MessageId> = optional_id("message_id", &request.message_id)?;
    let candidate: Option<CandidateId> = optional_id("candidate_id", &request.candidate_id)?;
    let mut reply = store::replies::lock(tx, chassis::wire::id("reply_id", &request.reply_id)?).await?;
    reply.check_waits()?;
    reply.settled = Some(settled(tx, request.reason));
    match (message, candidate) {
        (Some(message), None) => to_message(tx, &mut reply, message).await?,
        (None, Some(candidate)) => to_person(tx, &mut reply, candidate).await?,
        _ => {
            return Err(Error::invalid(
                "message_id",
                "ASSIGNEE_REQUIRED",
                "or candidate_id must be set, and one alone",
            ));
        }
    }
    store::replies::get(tx, reply.id).await
}

/// It is nobody's.
pub async fn dismiss(tx: &mut TenantTx, request: DismissReplyRequest) -> Result<Reply> {
    let mut reply = store::replies::lock(tx, chassis::wire::id("reply_id", &request.reply_id)?).await?;
    reply.check_waits()?;
    reply.dismiss(settled(tx, request.reason));
    store::replies::settle(tx, &reply).await?;
    Ok(reply)
}

fn settled(tx: &TenantTx, reason: String) -> Settled {
    Settled { by: tx.ctx().actor.to_string(), time: tx.now(), reason }
}

async fn to_message(tx: &mut TenantTx, reply: &mut Reply, message: MessageId) -> Result<()> {
    let message = store::messages::lock(tx, message).await?;
    let went_to = store::replies::went_to(tx, message.id).await?;
    reply.answers(message.id, ReplyMatch::Assigned, went_to.as_deref());
    store::replies::settle(tx, reply).await?;
    follow_reply::run(tx, reply, &message).await
}

async fn to_person(tx: &mut TenantTx, reply: &mut Reply, candidate: CandidateId) -> Result<()> {
    let candidate = CandidateId(outbox::merging::settled(tx, candidate.0).await?);
    outbox::erasure::refuse(tx, candidate.0).await?;
    reply.is_of(candidate);
    store::replies::settle(tx, reply).await?;
    if reply.is_word() {
        let said = usher_proto::outreach::v1::ReplyClassified {
            candidate_id: candidate.to_string(),
            ..follow_reply::classified(reply)
        };
        outbox::append(tx, candidate, &said).await?;
    }
    Ok(())
}
