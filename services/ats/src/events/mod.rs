//! What it does when others say something.

use async_trait::async_trait;
use chassis::{Result, TenantTx, wire};
use usher_proto::{
    eventlog::v1::Event,
    outreach::v1::{MessageBounced, MessageFailed, MessageRefused, MessageSent, ReplyClassified},
    talent::v1::{CandidatesMerged, CandidatesUnmerged, ExternalActivityRecorded},
};

use crate::{
    commands::{follow_merge, hear_message, hear_reply, suggest},
    domain::cadence::Cadence,
};

/// The routing table.
pub struct Hears {
    pub cadence: Cadence,
}

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "ats"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["outreach", "talent"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        outbox::match_event!(event,
            MessageSent(said) => self.sent(tx, &[said]).await,
            MessageRefused(said) => hear_message::refused(tx, &self.cadence, &said).await,
            MessageFailed(said) => hear_message::failed(tx, &self.cadence, &said).await,
            MessageBounced(said) => hear_message::bounced(tx, &self.cadence, said).await,
            CandidatesMerged(said) => follow_merge::merged(tx, &said).await,
            CandidatesUnmerged(said) => follow_merge::unmerged(tx, &said).await,
            ReplyClassified(said) => hear_reply::run(tx, &self.cadence, &said).await,
            ExternalActivityRecorded(said) => {
                suggest::seen(tx, &said, wire::required_instant("time", event.time.as_ref())?).await
            },
        )
    }

    /// An event of this kind comes with each message that goes out. A campaign brings thousands.
    fn is_bulk(&self, event: &Event) -> bool {
        outbox::is::<MessageSent>(event)
    }

    async fn apply_bulk(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        let said = events.iter().filter_map(|event| outbox::read(event).transpose()).collect::<Result<Vec<_>>>()?;
        self.sent(tx, &said).await
    }
}

impl Hears {
    async fn sent(&self, tx: &mut TenantTx, said: &[MessageSent]) -> Result<()> {
        suggest::contacted(tx, said).await?;
        hear_message::sent(tx, &self.cadence, said).await
    }
}
