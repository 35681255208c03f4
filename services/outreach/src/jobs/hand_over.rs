//! One message goes to its channel: who is it for, and where are they reached now.

use chassis::{Result, TenantId};
use usher_proto::talent::v1::{
    ConsentPurpose, GetRecipientRequest, GetRecipientResponse, candidate_service_client::CandidateServiceClient,
};

use super::Shop;
use crate::{
    channels::{Parcel, SendError, Traces},
    domain::message::Message,
};

/// Asks for the address, which is kept nowhere but in talent, and hands the message to the channel.
pub async fn run(shop: &Shop, tenant: TenantId, message: &Message) -> Result<(), SendError> {
    let recipient = recipient(shop, tenant, message).await.map_err(unknown)?;
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
    let parcel = Parcel { message, address: &recipient.email, name: &recipient.display_name, traces, now };
    shop.channel.send(parcel).await
}

async fn recipient(shop: &Shop, tenant: TenantId, message: &Message) -> Result<GetRecipientResponse> {
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
