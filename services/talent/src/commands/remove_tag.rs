//! Somebody takes a tag from a person.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{RemoveTagRequest, TagName, TagsChanged};

use crate::{
    domain::{
        candidate::CandidateId,
        tag::{self, Tag},
    },
    keys::TenantKey,
    store,
};

/// The tags that the person has left.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: RemoveTagRequest) -> Result<Vec<Tag>> {
    let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    let dimension = request.dimension();
    let name = tag::clean_name(dimension, &request.name)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    store::candidates::hold(tx, candidate).await?;
    let members = store::merges::whole(tx, candidate).await?.members;
    if store::tags::remove(tx, &members, dimension, &name, "").await? {
        let removed = vec![TagName { dimension: dimension.into(), name }];
        let event = TagsChanged {
            candidate_id: candidate.to_string(),
            added: Vec::new(),
            removed,
            actor: tx.ctx().actor.to_string(),
        };
        outbox::append(tx, candidate, &event).await?;
    }
    Ok(store::people::get(tx, key, candidate).await?.tags(tx.now()))
}
