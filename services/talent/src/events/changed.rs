//! Whom an event of this service changes, as search and watched searches know people.

use chassis::Result;
use usher_proto::{
    eventlog::v1::Event,
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use crate::domain::candidate::CandidateId;

/// Whatever changes what is known of somebody has the person as its subject; where two become one, or two again, it changes
/// the other one as well.
pub fn people(event: &Event) -> Result<Vec<CandidateId>> {
    let other = if let Some(said) = outbox::read::<CandidatesMerged>(event)? {
        said.absorbed_id
    } else if let Some(said) = outbox::read::<CandidatesUnmerged>(event)? {
        said.absorbed_id
    } else {
        String::new()
    };
    Ok([event.subject.as_str(), &other].into_iter().filter_map(|id| id.parse().ok()).collect())
}
