//! What was told of somebody before they were removed, and written down only after, is forgotten as well.

use chassis::{Result, TenantTx};

use crate::{domain::candidate::CandidateId, store};

pub async fn run(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    store::undo::forget_gone(tx, candidate).await
}
