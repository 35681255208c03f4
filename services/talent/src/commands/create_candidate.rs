//! A person enters the pool.

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::CreateCandidateRequest;

use super::profile;
use crate::{
    domain::candidate::{Candidate, CandidateId, DEFAULT_SOURCE, FIELDS, Profile},
    keys::TenantKey,
    store,
};

pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: CreateCandidateRequest) -> Result<Candidate> {
    let said = request.profile.unwrap_or_default();
    let candidate = Candidate {
        id: CandidateId::new(),
        profile: profile::said(&Profile::unknown(), &FIELDS, &said, tx.now())?,
        source: if said.source.is_empty() { DEFAULT_SOURCE.to_owned() } else { said.source },
        version: 1,
        create_time: tx.now(),
        update_time: tx.now(),
    };
    if !store::candidates::insert(tx, key, std::slice::from_ref(&candidate)).await? {
        return Err(super::taken(tx, key, &candidate).await?);
    }
    outbox::append(tx, candidate.id, &super::created(&candidate)).await?;
    Ok(candidate)
}
