//! One message goes to its channel: who is it for, and where are they reached now.

use chassis::{Result, TenantId};
use usher_proto::talent::v1::{
    ConsentPurpose, GetRecipientRequest, GetRecipientResponse, candidate_service_client::CandidateServiceClient,
};

use super::Shop;
use crate::{
    channels::{Parcel, SendError, Traces},
    domain::{
        gate::nature,
        message::Message,
        token::{Purpose, Token},
    },
};

/// Hands the message to the channel. The address is kept nowhere but in talent.
pub async fn run(
    shop: &Shop,
    tenant: TenantId,
    message: &Message,
    recipient: &GetRecipientResponse,
) -> Result<(), SendError> {
    if recipient.email.is_empty() {
        return Err(SendError::permanent("the candidate has no e-mail address"));
    }
    let now = shop.house.clock.now();
    let traces = Traces {
        public_url: &shop.house.public_url,
        tokens: &shop.tokens,
        tenant,
        openings: recipient.consents().any(|purpose| purpose == ConsentPurpose::Tracking),
    };
    let unsubscribe_url = unsubscribe_url(shop, tenant, message);
    let (address, name) = (&recipient.email, &recipient.display_name);
    let parcel = Parcel { message, address, name, traces, unsubscribe_url: &unsubscribe_url, now };
    shop.channel.send(parcel).await
}

/// What nobody asked for can be unsubscribed from.
fn unsubscribe_url(shop: &Shop, tenant: TenantId, message: &Message) -> String {
    if !nature::of_draft(&message.draft).is_marketing {
        return String::new();
    }
    let token = shop.tokens.write(Purpose::Preferences, Token { tenant, subject: message.id.0, place: 0 });
    format!("{}/u/{token}", shop.house.public_url)
}

/// Who it is for, as talent knows them now.
pub async fn recipient(shop: &Shop, tenant: TenantId, message: &Message) -> Result<GetRecipientResponse, SendError> {
    ask(shop, tenant, message).await.map_err(unknown)
}

async fn ask(shop: &Shop, tenant: TenantId, message: &Message) -> Result<GetRecipientResponse> {
    let peers = &shop.house.peers;
    let request = GetRecipientRequest { candidate_id: message.draft.candidate_id.clone() };
    let mut talent = CandidateServiceClient::new(peers.channel("talent")?);
    Ok(talent.get_recipient(peers.request(Some(tenant), request)?).await?.into_inner())
}

fn unknown(error: chassis::Error) -> SendError {
    match error.code() {
        tonic::Code::NotFound => SendError::permanent("the candidate is not in the pool any more"),
        _ => SendError::transient(format!("the address can not be had: {}", error.reason())),
    }
}
