//! A tenant gets a way out of its own.

use chassis::{Error, Result, TenantTx};
use usher_proto::outreach::v1::CreateChannelRequest;

use crate::{
    channels::make::Maker,
    domain::channel::{self, Channel, ChannelId, MOST},
    store,
};

pub async fn run(tx: &mut TenantTx, maker: &Maker, request: CreateChannelRequest) -> Result<Channel> {
    let settings = request.settings.ok_or_else(|| Error::invalid("settings", "FIELD_REQUIRED", "is required"))?;
    let secret = Some(request.secret.as_str()).filter(|secret| !secret.is_empty());
    channel::check(&settings, secret)?;
    let id = ChannelId::new();
    maker.make(id, &settings, &request.secret)?;
    store::channels::queue_up(tx).await?;
    if store::channels::all(tx).await?.len() >= MOST {
        return Err(Error::failed_precondition("CHANNELS_TOO_MANY", format!("a tenant has at most {MOST} channels"))
            .hint("delete one that is not used any more"));
    }
    let (now, has_secret) = (tx.now(), secret.is_some());
    let channel =
        Channel { id, settings, has_secret, revision: 1, create_time: now, update_time: now, delete_time: None };
    let sealed = secret.map(|secret| store::channels::sealed(&tx.vault(), tx.tenant(), id, secret)).transpose()?;
    store::channels::insert(tx, &channel, sealed.as_deref()).await?;
    Ok(channel)
}
