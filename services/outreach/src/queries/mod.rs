//! Reads.

pub mod contact;
pub mod experiments;
pub mod templates;

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page, optional_id},
};
use usher_proto::outreach::v1::ListMessagesRequest;

use crate::{
    domain::message::{CandidateId, Message},
    store,
};

/// One page of messages, and the token of the next.
pub async fn list_messages(tx: &mut TenantTx, request: &ListMessagesRequest) -> Result<(Vec<Message>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let candidate = match optional_id("candidate_id", &request.candidate_id)? {
        Some(CandidateId(candidate)) => Some(CandidateId(outbox::merging::stands_for(tx, candidate).await?)),
        None => None,
    };
    let interview = optional_id("interview_id", &request.interview_id)?;
    let messages = store::messages::list(tx, &page, candidate, interview).await?;
    Ok(page.cut(messages, |message| Cursor { time: message.create_time, id: message.id.0 }))
}
