//! A tenant changes a way out of its own.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::outreach::v1::UpdateChannelRequest;

use crate::{
    channels::make::Maker,
    domain::channel::{self, Channel},
    store,
};

pub async fn run(tx: &mut TenantTx, maker: &Maker, request: UpdateChannelRequest) -> Result<Channel> {
    let paths = wire::check_mask(request.update_mask.as_ref(), &["settings", "secret"])?;
    let names = |path: &str| paths.iter().any(|named| named == path);
    let (mut channel, sealed) = store::channels::lock(tx, wire::id("channel_id", &request.channel_id)?).await?;
    wire::check_etag(&request.etag, channel.revision)?;
    let (vault, tenant, id) = (tx.vault(), tx.tenant(), channel.id);
    if names("settings") {
        let settings = request.settings.ok_or_else(|| Error::invalid("settings", "FIELD_REQUIRED", "is required"))?;
        let leads_elsewhere = channel::confidant(&settings) != channel::confidant(&channel.settings);
        if leads_elsewhere && channel.has_secret && !names("secret") {
            let why = "has to be given again, since the channel leads elsewhere now: name it in update_mask";
            return Err(Error::invalid("secret", "SECRET_REQUIRED", why));
        }
        channel.settings = settings;
    }
    let secret = if names("secret") {
        Some(request.secret).filter(|secret| !secret.is_empty())
    } else {
        // Where the key is another one by now, the secret is asked for again.
        sealed.and_then(|sealed| store::channels::unsealed(&vault, tenant, id, &sealed).ok())
    };
    channel::check(&channel.settings, secret.as_deref())?;
    maker.make(id, &channel.settings, secret.as_deref().unwrap_or_default())?;
    channel.has_secret = secret.is_some();
    channel.revision += 1;
    channel.update_time = tx.now();
    let sealed = secret.map(|secret| store::channels::sealed(&vault, tenant, id, &secret)).transpose()?;
    store::channels::update(tx, &channel, sealed.as_deref()).await?;
    Ok(channel)
}
