//! Reads.

pub mod contact;

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page, id, instant, optional_id},
};
use usher_proto::outreach::v1::{DeadLetterFilter, ListDeadLettersRequest, ListMessagesRequest, ListTemplatesRequest};

use crate::{
    domain::{
        library,
        message::{CandidateId, Message, Template, TemplateId},
    },
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

/// One page of templates: on the first one the built-in ones too.
pub async fn list_templates(tx: &mut TenantTx, request: &ListTemplatesRequest) -> Result<(Vec<Template>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let own = store::templates::list(tx, &page).await?;
    let (own, next) = page.cut(own, |template| Cursor {
        time: template.create_time.unwrap_or_default(),
        id: template.id.parse::<TemplateId>().map(|id| id.0).unwrap_or_default(),
    });
    let built_in = library::all().filter(|_| page.after.is_none());
    Ok((built_in.chain(own).collect(), next))
}

/// A template of the tenant's or of the library.
pub async fn template(tx: &mut TenantTx, text: &str) -> Result<Template> {
    let found = match library::by_id(text) {
        Some(template) => Some(template),
        None => store::templates::get(tx, id("template_id", text)?).await?,
    };
    found.ok_or_else(|| Error::not_found("TEMPLATE_NOT_FOUND", "there is no such template"))
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
