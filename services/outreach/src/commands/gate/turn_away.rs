//! A message that a worker has in hand does not go after all: for now, or for good.

use chassis::{Result, TenantTx};
use usher_proto::outreach::v1::{MessageRefused, MessageState};

use super::recheck::Answer;
use crate::{
    domain::{
        gate::is_about_channel,
        message::{Message, Verdict},
        step::{self, Failure, Standing, Step},
    },
    store,
};

/// Keeps what was said against it. The message is locked; `number` is the try in which it was claimed, which was none. It may
/// be somebody else's by now, if the lease ran out on the way.
pub async fn run(tx: &mut TenantTx, mut message: Message, number: i32, answer: Answer) -> Result<()> {
    if message.state != MessageState::Sending || message.tries != number {
        return Ok(());
    }
    message.tries -= 1;
    match answer {
        Answer::Pass => message.state = MessageState::Queued,
        Answer::Defer { until, verdicts } => {
            message.state = MessageState::Queued;
            message.next_time = until;
            store::records::insert_verdicts(tx, &[(message.id, verdicts.as_slice())]).await?;
        }
        Answer::Refuse { verdicts } => {
            store::records::insert_verdicts(tx, &[(message.id, verdicts.as_slice())]).await?;
            if is_next_open(&message, &verdicts) {
                message.turn();
                message.state = MessageState::Queued;
                message.next_time = tx.now();
                return store::messages::update(tx, &message).await;
            }
            message.state = MessageState::Refused;
            let refusal = verdicts.iter().find(|verdict| !verdict.passed);
            let reason = refusal.map(|verdict| verdict.reason.clone()).unwrap_or_default();
            outbox::append(tx, message.id, &refused(&message, reason)).await?;
        }
    }
    store::messages::update(tx, &message).await
}

/// Whether only the channel is closed, and there is another one that it may take.
fn is_next_open(message: &Message, verdicts: &[Verdict]) -> bool {
    let is_channels = verdicts.iter().filter(|verdict| !verdict.passed).all(|verdict| is_about_channel(&verdict.gate));
    let standing = Standing {
        kind: message.kind(),
        in_doubt: message.in_doubt,
        has_next_channel: !message.fallbacks.is_empty(),
        is_spent: false,
    };
    is_channels && step::after(Failure::Address, standing) == Step::NextChannel
}

fn refused(message: &Message, reason: String) -> MessageRefused {
    MessageRefused {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        reason,
        missing_facts: Vec::new(),
        business_key: message.draft.business_key.clone(),
    }
}
