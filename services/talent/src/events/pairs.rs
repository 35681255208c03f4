//! Whose change may show that two people are one.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    eventlog::v1::Event,
    talent::v1::{CandidateCreated, CandidateUpdated, CandidatesMerged, CandidatesUnmerged},
};

use crate::{commands::find_duplicates, domain::candidate::CandidateId};

/// Looks for people who may be the one whom the event is about.
pub async fn hear(tx: &mut TenantTx, event: &Event) -> Result<()> {
    for id in of(event)? {
        let candidate: CandidateId = wire::id("candidate_id", &id)?;
        find_duplicates::run(tx, candidate).await?;
    }
    Ok(())
}

/// What a person is compared by has changed. A résumé's contact points were compared as it arrived.
fn of(event: &Event) -> Result<Vec<String>> {
    Ok(if let Some(said) = outbox::read::<CandidateCreated>(event)? {
        vec![said.candidate_id]
    } else if let Some(said) = outbox::read::<CandidateUpdated>(event)? {
        vec![said.candidate_id]
    } else if let Some(said) = outbox::read::<CandidatesMerged>(event)? {
        vec![said.survivor_id]
    } else if let Some(said) = outbox::read::<CandidatesUnmerged>(event)? {
        vec![said.survivor_id, said.absorbed_id]
    } else {
        Vec::new()
    })
}
