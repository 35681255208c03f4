//! Something happened with people.

use chassis::{Result, TenantTx};

use crate::{
    domain::candidate::CandidateId,
    store::timeline::{self, Entry},
};

pub async fn run(tx: &mut TenantTx, entries: &[(CandidateId, Entry)]) -> Result<()> {
    timeline::insert(tx, entries).await
}
