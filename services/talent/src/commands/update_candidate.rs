//! A person's profile changes.

use chassis::{Result, TenantTx, wire};
use usher_proto::talent::v1::UpdateCandidateRequest;

use super::profile;
use crate::{
    domain::candidate::{Candidate, FIELDS},
    keys::TenantKey,
    store,
};

pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: UpdateCandidateRequest) -> Result<Candidate> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let before = store::candidates::lock(tx, key, wire::id("candidate_id", &request.candidate_id)?).await?;
    wire::check_etag(&request.etag, before.version)?;
    let profile = profile::said(&before.profile, &mask, &request.profile.unwrap_or_default(), tx.now())?;
    if profile == before.profile {
        return Ok(before);
    }
    let after = Candidate { profile, version: before.version + 1, update_time: tx.now(), ..before.clone() };
    let change = (before.profile, after);
    if !store::candidates::update(tx, key, std::slice::from_ref(&change)).await? {
        return Err(super::taken(tx, key, &change.1).await?);
    }
    outbox::append(tx, change.1.id, &super::updated(&change.0, &change.1)).await?;
    Ok(change.1)
}
