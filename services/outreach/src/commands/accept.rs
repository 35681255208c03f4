//! A message is asked for by an event: written down now, prepared by a job.

use chassis::{Result, TenantTx, telemetry, wire};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{MessageDraft, MessageState};

use super::follow_merge;
use crate::{
    domain::{
        message::{EMAIL, Message, MessageId},
        priority,
    },
    store,
};

/// Writes the draft down, unless its send is known.
pub async fn run(tx: &mut TenantTx, draft: MessageDraft) -> Result<()> {
    let mut message = from_draft(tx, draft)?;
    follow_merge::address(tx, &mut message).await?;
    // It was asked for before they were forgotten.
    for subject in [Some(message.candidate_id.0), message.application_id.map(|id| id.0)].into_iter().flatten() {
        if outbox::erasure::is_erased(tx, subject).await? {
            return Ok(());
        }
    }
    if !store::messages::insert(tx, &message).await? {
        let known = store::messages::by_business_key(tx, &message.draft.business_key).await?;
        if known.is_some_and(|known| !known.is_the_send_of(&message.draft)) {
            tracing::error!(key = message.draft.business_key, "a business key was used again for other content");
        }
    }
    Ok(())
}

/// A message as it begins.
pub fn from_draft(tx: &TenantTx, draft: MessageDraft) -> Result<Message> {
    beginning(MessageId::new(), draft, tx.now())
}

/// The same, of that id and time.
pub fn beginning(id: MessageId, draft: MessageDraft, now: DateTime<Utc>) -> Result<Message> {
    Ok(Message {
        id,
        state: MessageState::Accepted,
        candidate_id: wire::id("draft.candidate_id", &draft.candidate_id)?,
        application_id: wire::optional_id("draft.application_id", &draft.application_id)?,
        interview_id: wire::optional_id("draft.interview_id", &draft.interview_id)?,
        channel: EMAIL.to_owned(),
        priority: priority::of(&draft, now),
        channel_id: None,
        fallbacks: Vec::new(),
        language: String::new(),
        template_id: String::new(),
        experiment_id: None,
        arm: String::new(),
        subject: String::new(),
        text: String::new(),
        traceparent: telemetry::traceparent(),
        tries: 0,
        tries_before: 0,
        in_doubt: false,
        next_time: now,
        create_time: now,
        send_time: None,
        draft,
    })
}
