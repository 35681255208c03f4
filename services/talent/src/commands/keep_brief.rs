//! What to know before getting in touch, as it grows.

use chassis::{Result, TenantTx};

use crate::{
    domain::{brief::Fact, candidate::CandidateId},
    store::briefs,
};

pub async fn run(tx: &mut TenantTx, candidate: CandidateId, source: &str, facts: Vec<Fact>) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    // Whoever follows this source holds its cursor, so nobody else writes this row.
    let mut brief = briefs::of_source(tx, candidate, source).await?;
    for fact in facts {
        brief.hear(fact);
    }
    briefs::save(tx, candidate, source, &brief).await
}
