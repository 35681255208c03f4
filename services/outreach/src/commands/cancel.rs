//! A message is stopped before a worker has it.

use chassis::{Result, TenantTx, wire};

use crate::{domain::message::Message, store};

pub async fn run(tx: &mut TenantTx, id: &str) -> Result<Message> {
    let mut message = store::messages::lock(tx, wire::id("message_id", id)?).await?;
    message.cancel()?;
    store::messages::update(tx, &message).await?;
    Ok(message)
}
