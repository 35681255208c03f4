//! Somebody who was forgotten wants to come back.

use chassis::{Error, Result, TenantTx};
use usher_proto::talent::v1::{LiftTombstoneRequest, TombstoneLifted};

use super::profile;
use crate::{domain::clean::text, keys::TenantKey, store};

/// How many contact points may be written down again.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: LiftTombstoneRequest) -> Result<i32> {
    let contact = profile::contact("contact_point", &request.contact_point.unwrap_or_default())?;
    let evidence = text::required("evidence", &request.evidence, 500)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    let Some(erasure) = store::tombstones::erasure_of(tx, key, &contact).await? else {
        return Err(Error::not_found("TOMBSTONE_NOT_FOUND", "nobody with this contact point was forgotten"));
    };
    let lifted = store::tombstones::lift(tx, erasure, &evidence).await?;
    let event = TombstoneLifted { erasure_id: erasure.to_string(), actor: tx.ctx().actor.to_string() };
    outbox::append(tx, erasure, &event).await?;
    Ok(lifted)
}
