//! What it does when others say something.

use async_trait::async_trait;
use chassis::{Result, TenantTx};
use usher_proto::{
    ats::v1::{ApplicationCreated, ApplicationReassigned, MessageRequested},
    eventlog::v1::Event,
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use crate::commands::{accept, follow_merge};

/// The routing table.
pub struct Hears;

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "outreach"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ats", "talent"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        if let Some(MessageRequested { draft: Some(draft) }) = outbox::read(event)? {
            return accept::run(tx, draft).await;
        }
        outbox::match_event!(event,
            ApplicationCreated(said) => follow_merge::created(tx, &said).await,
            ApplicationReassigned(said) => follow_merge::reassigned(tx, &said).await,
            CandidatesMerged(said) => follow_merge::merged(tx, &said).await,
            CandidatesUnmerged(said) => follow_merge::unmerged(tx, &said).await,
        )
    }
}
