//! What it does when others say something.

use async_trait::async_trait;
use chassis::{Result, TenantTx};
use usher_proto::{ats::v1::MessageRequested, eventlog::v1::Event};

use crate::commands::accept;

/// The routing table.
pub struct Hears;

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "outreach"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ats"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        if let Some(MessageRequested { draft: Some(draft) }) = outbox::read(event)? {
            return accept::run(tx, draft).await;
        }
        Ok(())
    }
}
