//! A place is noted where nothing may go any more, or is opened again.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::outreach::v1::{AddSuppressionRequest, ContactPurpose, LiftSuppressionRequest, SuppressionKind};

use super::preferences;
use crate::{
    domain::message::{CandidateId, EMAIL, Message, MessageId},
    store::suppressions::{self, Entry, New},
};

/// By hand. `address_hash` is where the person is reached on the channel.
pub async fn add(tx: &mut TenantTx, request: &AddSuppressionRequest, address_hash: Option<&[u8]>) -> Result<Entry> {
    let kind = request.kind();
    let is_opt_out = kind == SuppressionKind::OptOut;
    if is_opt_out != (request.purpose() != ContactPurpose::Unspecified) {
        let description = "is required for an opt-out, and no other kind has one";
        return Err(Error::invalid("purpose", "PURPOSE_REQUIRED", description));
    }
    if !is_opt_out && request.channel.is_empty() {
        return Err(Error::invalid("channel", "CHANNEL_REQUIRED", "is required but for an opt-out"));
    }
    let candidate_id: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    outbox::erasure::refuse(tx, candidate_id.0).await?;
    let address_hash = match kind {
        SuppressionKind::HardBounce => Some(
            address_hash
                .ok_or_else(|| Error::failed_precondition("NO_ADDRESS", "the person has no address on this channel"))?,
        ),
        _ => None,
    };
    let new = New {
        kind,
        candidate_id,
        channel: &request.channel,
        purpose: request.purpose(),
        address_hash,
        reason: &request.reason,
    };
    suppressions::insert(tx, &new).await
}

/// Nobody is reached where that message went: nothing goes there any more, whatever it is and whoever it is for.
pub async fn bounced(tx: &mut TenantTx, message: MessageId, reason: &str) -> Result<()> {
    suppressions::insert_bounce(tx, message, reason).await
}

/// Whoever got that message takes it for spam: nothing that is no word about an application goes to them on its channel.
pub async fn complained(tx: &mut TenantTx, message: &Message, reason: &str) -> Result<()> {
    let new = New {
        kind: SuppressionKind::Complaint,
        candidate_id: preferences::reader(message)?,
        // Whichever channel it has gone by since.
        channel: EMAIL,
        purpose: ContactPurpose::Unspecified,
        address_hash: None,
        reason,
    };
    suppressions::insert(tx, &new).await.map(drop)
}

pub async fn lift(tx: &mut TenantTx, request: &LiftSuppressionRequest) -> Result<Entry> {
    suppressions::lift(tx, wire::id("suppression_id", &request.suppression_id)?, &request.reason).await
}
