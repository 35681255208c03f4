//! A tenant gives up a way out of its own.

use chassis::{Result, TenantTx, wire};

use crate::store;

pub async fn run(tx: &mut TenantTx, id: &str) -> Result<()> {
    let (mut channel, _) = store::channels::lock(tx, wire::id("channel_id", id)?).await?;
    channel.revision += 1;
    channel.update_time = tx.now();
    channel.delete_time = Some(tx.now());
    store::channels::update(tx, &channel, None).await?;
    store::channels::forget_addresses(tx, channel.id).await
}
