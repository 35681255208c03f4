//! Somebody's address on a channel is told, or forgotten.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::outreach::v1::SetChannelAddressRequest;

use crate::{domain::message::CandidateId, store};

pub async fn run(tx: &mut TenantTx, request: &SetChannelAddressRequest) -> Result<()> {
    let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    if request.address.chars().any(|one| one.is_control() || one.is_whitespace()) {
        return Err(Error::invalid("address", "CHANNEL_INVALID", "must not hold blanks"));
    }
    outbox::erasure::refuse(tx, candidate.0).await?;
    let (channel, _) = store::channels::lock(tx, wire::id("channel_id", &request.channel_id)?).await?;
    store::channels::set_address(tx, channel.id, candidate, &request.address).await
}
