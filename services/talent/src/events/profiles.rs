//! People come into the pool and their profiles change. An import tells of thousands, so what follows from it is done for many
//! of them at once.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    eventlog::v1::Event,
    talent::v1::{CandidateCreated, CandidateUpdated},
};

use super::sentence;
use crate::{
    commands::{find_duplicates, record_timeline_entries},
    domain::candidate::CandidateId,
    store::{self, timeline::Entry},
};

/// Whether an event tells of a profile.
pub fn is_of_one(event: &Event) -> bool {
    outbox::is::<CandidateCreated>(event) || outbox::is::<CandidateUpdated>(event)
}

/// Takes in what such events of one tenant tell.
pub async fn hear(tx: &mut TenantTx, events: &[&Event]) -> Result<()> {
    let mut entries: Vec<(CandidateId, Entry)> = Vec::with_capacity(events.len());
    for event in events {
        let Some(sentence) = sentence::of(event)? else { continue };
        let candidate = wire::id("candidate_id", &sentence.candidate_id)?;
        let time = wire::required_instant("time", event.time.as_ref())?;
        entries.push((candidate, super::entry(event, time, sentence.text)?));
    }
    let people: BTreeSet<CandidateId> = entries.iter().map(|(candidate, _)| *candidate).collect();
    let ids: Vec<CandidateId> = people.iter().copied().collect();
    store::watches::ask_to_look(tx, &ids).await?;
    find_duplicates::run(tx, &people).await?;
    // What was said before they were forgotten may be heard of after. Whoever forgets somebody waits for this.
    let erased = outbox::erasure::erased_among(tx, &ids.iter().map(|id| id.0).collect::<Vec<_>>()).await?;
    entries.retain(|(candidate, _)| !erased.contains(&candidate.0));
    record_timeline_entries::run(tx, &entries).await
}
