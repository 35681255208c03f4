//! Reads.

pub mod contact;
pub mod experiments;
pub mod replies;
pub mod templates;

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page, instant, optional_id},
};
use usher_proto::outreach::v1::{DeadLetterFilter, ListDeadLettersRequest, ListMessagesRequest};

use crate::{
    domain::message::{CandidateId, Message},
    store::{
        self,
        dead_letters::{self, DeadLetter, Filter},
    },
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

/// One page of messages that were given up, and the token of the next.
pub async fn list_dead_letters(
    tx: &mut TenantTx,
    request: &ListDeadLettersRequest,
) -> Result<(Vec<DeadLetter>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let letters = dead_letters::list(tx, &page, &dead_letter_filter(request.filter.as_ref())?).await?;
    Ok(page.cut(letters, |letter| Cursor { time: letter.fail_time, id: letter.message_id.0 }))
}

/// Which dead letters are meant.
pub fn dead_letter_filter(filter: Option<&DeadLetterFilter>) -> Result<Filter> {
    let Some(filter) = filter else { return Ok(Filter::default()) };
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(Filter {
        channel: text(&filter.channel),
        reason: text(&filter.reason),
        from: filter.from_time.as_ref().map(|time| instant("filter.from_time", time)).transpose()?,
        to: filter.to_time.as_ref().map(|time| instant("filter.to_time", time)).transpose()?,
    })
}
