//! What it does when others say something.

use async_trait::async_trait;
use chassis::{Result, TenantTx};
use chrono::TimeDelta;
use usher_proto::{
    eventlog::v1::Event,
    outreach::v1::{MessageFailed, MessageRefused, MessageSent},
};

use crate::commands::hear_message;

/// The routing table.
pub struct Hears {
    pub remind_after: TimeDelta,
}

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "ats"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["outreach"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        if let Some(said) = outbox::read::<MessageSent>(event)? {
            return hear_message::sent(tx, &said, self.remind_after).await;
        }
        if let Some(said) = outbox::read::<MessageRefused>(event)? {
            return hear_message::refused(tx, &said).await;
        }
        if let Some(said) = outbox::read::<MessageFailed>(event)? {
            return hear_message::failed(tx, &said).await;
        }
        Ok(())
    }
}
