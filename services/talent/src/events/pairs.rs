//! Whose change may show that two people are one.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    eventlog::v1::Event,
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use crate::{commands::find_duplicates, domain::candidate::CandidateId};

/// Looks for people who may be the one whom the event is about. Profiles that change are looked at by [`super::profiles`]; a
/// résumé's contact points were compared as it arrived.
pub async fn hear(tx: &mut TenantTx, event: &Event) -> Result<()> {
    find_duplicates::run(tx, &of(event)?).await
}

/// What a person is compared by has changed.
fn of(event: &Event) -> Result<BTreeSet<CandidateId>> {
    let people = if let Some(said) = outbox::read::<CandidatesMerged>(event)? {
        vec![said.survivor_id]
    } else if let Some(said) = outbox::read::<CandidatesUnmerged>(event)? {
        vec![said.survivor_id, said.absorbed_id]
    } else {
        Vec::new()
    };
    people.iter().map(|id| wire::id("candidate_id", id)).collect()
}
