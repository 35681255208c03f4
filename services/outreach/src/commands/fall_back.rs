//! A message turns to its next channel.

use chassis::{Result, TenantTx};
use usher_proto::outreach::v1::MessageState;

use crate::{
    domain::{
        message::Message,
        step::{Failure, Standing, Step, after},
    },
    store,
};

/// What follows on a failure of the try that is under way; `tries` are those that each channel has.
pub fn next(message: &Message, failure: Failure, tries: i32) -> Step {
    let standing = Standing {
        kind: message.kind(),
        in_doubt: message.in_doubt,
        has_next_channel: !message.fallbacks.is_empty(),
        is_spent: message.tries_here() >= tries,
    };
    after(failure, standing)
}

/// Queues it again, at once, for the next channel that it may take. The caller has asked [`next`].
pub async fn run(tx: &mut TenantTx, message: &mut Message) -> Result<()> {
    message.turn();
    message.state = MessageState::Queued;
    message.next_time = tx.now();
    store::messages::update(tx, message).await
}
