//! Reads.

pub mod contact;

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page, id, optional_id},
};
use usher_proto::outreach::v1::{ListMessagesRequest, ListTemplatesRequest};

use crate::{
    domain::{
        library,
        message::{CandidateId, Message, Template, TemplateId},
    },
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
