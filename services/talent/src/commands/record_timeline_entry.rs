//! Something happened with a person.

use chassis::{Result, TenantTx};

use crate::{
    domain::candidate::CandidateId,
    store::timeline::{self, Entry},
};

pub async fn run(tx: &mut TenantTx, candidate: CandidateId, entry: &Entry) -> Result<()> {
    timeline::insert(tx, candidate, entry).await
}
