//! What to know before getting in touch, as it grows.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx};

use crate::{
    domain::{brief::Fact, candidate::CandidateId},
    store::briefs,
};

/// Takes in what a service has told of people, in its order.
pub async fn run(tx: &mut TenantTx, source: &str, told: Vec<(CandidateId, Vec<Fact>)>) -> Result<()> {
    let people: BTreeSet<CandidateId> =
        told.iter().filter(|(_, facts)| !facts.is_empty()).map(|(candidate, _)| *candidate).collect();
    if people.is_empty() {
        return Ok(());
    }
    // Whoever follows this source holds its cursor, so nobody else writes these rows.
    let mut briefs = briefs::of_source(tx, &people, source).await?;
    for (candidate, facts) in told.into_iter().filter(|(_, facts)| !facts.is_empty()) {
        let brief = briefs.entry(candidate).or_default();
        for fact in facts {
            brief.hear(fact);
        }
    }
    briefs::save(tx, source, &briefs).await
}
