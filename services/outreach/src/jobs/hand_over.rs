//! One message goes to its channel: where its reader is reached now, and what it takes along.

use chassis::{Result, TenantCtx, TenantId, wire};
use usher_proto::talent::v1::{ConsentPurpose, GetRecipientResponse};

use super::Shop;
use crate::{
    channels::{Channel, Parcel, SendError, Traces},
    domain::{
        channel::Medium,
        gate::nature,
        message::Message,
        token::{Purpose, Token},
    },
    store,
};

/// Hands the message to the channel. The address is kept nowhere but in talent and with the channel.
pub async fn run(
    shop: &Shop,
    channel: &dyn Channel,
    tenant: TenantId,
    message: &Message,
    recipient: &GetRecipientResponse,
    address: &str,
) -> Result<(), SendError> {
    let traces = Traces {
        public_url: &shop.house.public_url,
        tokens: &shop.tokens,
        tenant,
        openings: recipient.consents().any(|purpose| purpose == ConsentPurpose::Tracking),
    };
    let reply_to = shop.addresses.of_message(tenant, message.id);
    let parcel = Parcel {
        message,
        address,
        name: &recipient.display_name,
        traces: Some(traces),
        unsubscribe_url: &unsubscribe_url(shop, tenant, message),
        reply_to: reply_to.as_deref(),
        return_path: reply_to.as_deref().filter(|_| shop.takes_bounces && message.channel_id.is_none()),
        now: shop.house.clock.now(),
    };
    tracing::debug!(channel = channel.key(), "handing over");
    channel.send(parcel).await
}

/// What nobody asked for can be unsubscribed from.
fn unsubscribe_url(shop: &Shop, tenant: TenantId, message: &Message) -> String {
    if !nature::of_draft(&message.draft).is_marketing {
        return String::new();
    }
    let token = shop.tokens.write(Purpose::Preferences, Token { tenant, subject: message.id.0, place: 0 });
    format!("{}/u/{token}", shop.house.public_url)
}

/// Where the channel reaches them. Errors: it does not, or that can not be known now.
pub async fn address(
    shop: &Shop,
    tenant: TenantId,
    message: &Message,
    recipient: &GetRecipientResponse,
) -> Result<String, SendError> {
    let address = known_address(shop, tenant, message, recipient).await.map_err(|error| unknown(&error))?;
    let none = || SendError::bad_address(format!("the candidate has no address for {} any more", message.channel));
    if address.is_empty() { Err(none()) } else { Ok(address) }
}

/// Empty when the channel does not reach them.
async fn known_address(
    shop: &Shop,
    tenant: TenantId,
    message: &Message,
    recipient: &GetRecipientResponse,
) -> Result<String> {
    let medium = Medium::named(&message.channel);
    if let (Some(Medium::Wecom | Medium::Wechat), Some(channel)) = (medium, message.channel_id) {
        let candidate = wire::id("draft.candidate_id", &message.draft.candidate_id)?;
        let mut tx = shop.db.begin(&TenantCtx::service(tenant, "outreach")).await?;
        if let Some(told) = store::channels::address(&mut tx, channel, candidate).await? {
            return Ok(told);
        }
    }
    Ok(match medium {
        Some(Medium::Email) => recipient.email.clone(),
        Some(Medium::Sms) => recipient.phone.clone(),
        Some(Medium::Wecom) => recipient.wechat_id.clone(),
        Some(Medium::Webhook) => message.draft.candidate_id.clone(),
        Some(Medium::Wechat) | None => String::new(),
    })
}

fn unknown(error: &chassis::Error) -> SendError {
    match error.code() {
        tonic::Code::NotFound => SendError::permanent("the candidate is not in the pool any more"),
        _ => SendError::transient(format!("the address can not be had: {}", error.reason())),
    }
}
