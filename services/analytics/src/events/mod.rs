//! What it does when others say something.

use async_trait::async_trait;
use chassis::{Result, TenantTx};
use usher_proto::{
    ats::v1::{AttendanceRecorded, InterviewAnswered, PastInterviewRemoved},
    eventlog::v1::Event,
    outreach::v1::MessageSent,
};

use crate::commands::take_down;

/// The routing table.
pub struct Hears;

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "analytics"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ats", "outreach"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        outbox::match_event!(event,
            MessageSent(sent) => take_down::message_sent(tx, &sent).await,
            InterviewAnswered(answered) => take_down::answer(tx, event, &answered).await,
            AttendanceRecorded(recorded) => take_down::attendance(tx, &recorded).await,
            PastInterviewRemoved(removed) => take_down::past_removed(tx, &removed).await,
        )
    }
}
