//! What a person would read, without writing anything.

use chassis::{Error, Result, TenantId};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{MessageDraft, MessageFacts};

use super::prepare::{self, Gathered, Sources};
use crate::domain::{
    choice::choose,
    compose::{Composed, Reader, compose},
    html::{self, Ways},
    message::ApplicationId,
    sample,
    template::Template,
};

/// What is asked to be shown.
#[derive(Debug)]
pub struct Look {
    pub template: Template,
    pub candidate_id: String,
    /// Invented ones where there are none.
    pub facts: Option<MessageFacts>,
    /// The reader's own where it is empty.
    pub language: String,
}

/// The text and its HTML. Errors: as `PreviewTemplate`.
pub async fn run(sources: Sources<'_>, tenant: TenantId, look: Look, now: DateTime<Utc>) -> Result<(Composed, String)> {
    let kind = look.template.kind;
    let mut draft = MessageDraft {
        kind: kind.into(),
        candidate_id: look.candidate_id,
        // Something for the link to lead to; no link is made.
        application_id: ApplicationId::new().to_string(),
        ..MessageDraft::default()
    };
    let gathered = gather_one(sources, tenant, &draft).await?;
    let language = if look.language.is_empty() { gathered.reader.language.clone() } else { look.language };
    let chosen = choose(Some(&look.template), None, &language).unwrap_or_default();
    draft.facts = Some(look.facts.unwrap_or_else(|| sample::facts(&chosen.language, now)));
    let reader = Reader { language, ..gathered.reader };
    let outcome = compose(&draft, &reader, &chosen, &gathered.answer_link, now);
    if let Some(error) = outcome.error() {
        return Err(error);
    }
    let composed = outcome
        .composed
        .ok_or_else(|| Error::internal("a text passed every gate and is not there", &kind.as_str_name()))?;
    let button = (gathered.answer_link.as_str(), html::answer_label(kind, &composed.language));
    let html = html::document(&composed.text, &composed.language, &Ways::direct(Some(button)));
    Ok((composed, html))
}

async fn gather_one(sources: Sources<'_>, tenant: TenantId, draft: &MessageDraft) -> Result<Gathered> {
    let gathered = prepare::gather(sources, tenant, &[(draft, "")], true).await?;
    gathered.into_iter().next().unwrap_or_else(|| Err(Error::internal("nothing was gathered", &tenant)))
}
