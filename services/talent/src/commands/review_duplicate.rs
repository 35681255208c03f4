//! A person says that a pair is two people, or takes that back.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{DismissDuplicateRequest, DuplicateState, ReopenDuplicateRequest};

use crate::{
    domain::{clean::text, duplicate::Duplicate},
    store::duplicates,
};

pub async fn dismiss(tx: &mut TenantTx, request: DismissDuplicateRequest) -> Result<Duplicate> {
    let reason = text::required("reason", &request.reason, 500)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    let mut pair = lock(tx, &request.duplicate_id).await?;
    if pair.state == DuplicateState::Open {
        pair.dismiss(&reason, tx.ctx().actor.as_str(), tx.now());
        duplicates::save(tx, &pair).await?;
    }
    Ok(pair)
}

pub async fn reopen(tx: &mut TenantTx, request: ReopenDuplicateRequest) -> Result<Duplicate> {
    let mut pair = lock(tx, &request.duplicate_id).await?;
    if pair.state == DuplicateState::Dismissed {
        pair.reopen(tx.ctx().actor.as_str(), tx.now());
        duplicates::save(tx, &pair).await?;
    }
    Ok(pair)
}

async fn lock(tx: &mut TenantTx, id: &str) -> Result<Duplicate> {
    let pair = duplicates::lock(tx, wire::id("duplicate_id", id)?).await?;
    if pair.state == DuplicateState::Merged {
        let message = "the two are one person; undo the merge first";
        return Err(Error::failed_precondition("DUPLICATE_MERGED", message));
    }
    Ok(pair)
}
