//! One file per verb: load, decide, save, append the event, in the transaction handed in.

pub mod accept;
pub mod archive_template;
pub mod cancel;
pub mod choose_template;
pub mod conclude;
pub mod create_channel;
pub mod create_experiment;
pub mod create_template;
pub mod delete_channel;
pub mod erase_candidate;
pub mod follow_merge;
pub mod follow_reply;
pub mod gate;
pub mod keep;
pub mod lease;
pub mod preferences;
pub mod prepare;
pub mod preview_template;
pub mod publish_template;
pub mod receive_reply;
pub mod redrive;
pub mod reply_hooks;
pub mod send;
pub mod set_channel_address;
pub mod settle_reply;
pub mod start_experiment;
pub mod stop_experiment;
pub mod suppress;
pub mod test_channel;
pub mod track;
pub mod update_channel;
pub mod update_clarity;
pub mod update_policy;
pub mod update_template;

use chassis::{Result, TenantTx};

use crate::domain::message::{Message, MessageId};

/// Says things of one kind about messages, each in its message's trace.
async fn say<E: prost::Message + prost::Name>(tx: &mut TenantTx, said: &[(&Message, E)]) -> Result<()> {
    let said: Vec<(MessageId, &str, &E)> =
        said.iter().map(|(message, event)| (message.id, message.traceparent.as_str(), event)).collect();
    outbox::append_traced(tx, &said).await?;
    Ok(())
}
