//! Templates of the tenant's and of the library.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page, id},
};
use chrono::DateTime;
use usher_proto::outreach::v1::{ListTemplatesRequest, MessageKind, TemplateState};
use uuid::Uuid;

use crate::{
    domain::{
        library,
        template::{Template, TemplateId},
    },
    store::{self, templates::Filter},
};

/// What the id of every template of the library begins with.
const BUILT_IN: &str = "builtin/";

/// What a name or an id stands for: the tenant's own template, the library's of that name, or both.
#[derive(Debug)]
pub struct Referred {
    pub own: Option<Template>,
    pub library: Option<Template>,
}

impl Referred {
    /// The tenant's own, else the library's.
    pub fn either(self) -> Option<Template> {
        self.own.or(self.library)
    }
}

/// An id means that version alone, whatever its state; a name the published version. What is of another kind is not meant.
pub async fn referred(tx: &mut TenantTx, kind: MessageKind, reference: &str) -> Result<Referred> {
    if reference.starts_with(BUILT_IN) {
        let found = library::named(reference).filter(|template| template.kind == kind);
        return Ok(Referred { own: None, library: found.and_then(|found| library::whole(kind, &found.name)) });
    }
    if let Ok(id) = reference.parse::<TemplateId>() {
        let own = store::templates::get(tx, id).await?.filter(|template| template.kind == kind);
        return Ok(Referred { own, library: None });
    }
    let own = store::templates::published(tx, kind, reference).await?;
    Ok(Referred { own, library: library::whole(kind, reference) })
}

/// One version. Errors: `TEMPLATE_NOT_FOUND`.
pub async fn get(tx: &mut TenantTx, text: &str) -> Result<Template> {
    let found = match library::by_id(text) {
        Some(template) => Some(template.clone()),
        None if text.starts_with(BUILT_IN) => {
            library::named(text).and_then(|found| library::whole(found.kind, &found.name))
        }
        None => store::templates::get(tx, id("template_id", text)?).await?,
    };
    found.ok_or_else(not_found)
}

/// A tenant's own version, which nobody else changes before this transaction ends. Errors: `TEMPLATE_BUILT_IN`,
/// `TEMPLATE_NOT_FOUND`.
pub async fn lock(tx: &mut TenantTx, text: &str) -> Result<Template> {
    if text.starts_with(BUILT_IN) {
        let error = Error::failed_precondition("TEMPLATE_BUILT_IN", "the library's templates do not change");
        return Err(error.hint("create one of that name, which is used in its place"));
    }
    store::templates::lock(tx, id("template_id", text)?).await?.ok_or_else(not_found)
}

/// One page: the library's first, then the tenant's own, oldest first.
pub async fn list(tx: &mut TenantTx, request: &ListTemplatesRequest) -> Result<(Vec<Template>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let filter = Filter {
        kind: Some(request.kind()).filter(|kind| *kind != MessageKind::Unspecified),
        language: Some(request.language.as_str()).filter(|language| !language.is_empty()),
        state: Some(request.state()).filter(|state| *state != TemplateState::Unspecified),
    };
    let limit = usize::try_from(page.limit()).unwrap_or_default();
    let built_in = library::all().iter().enumerate().filter(|(place, template)| {
        filter.kind.is_none_or(|kind| kind == template.kind)
            && filter.language.is_none_or(|language| template.variant(language).is_some())
            && filter.state.is_none_or(|state| state == template.state)
            && page.after.is_none_or(|after| after.time == DateTime::UNIX_EPOCH && place_of(after.id) < *place)
    });
    let mut found: Vec<(Cursor, Template)> =
        built_in.take(limit).map(|(place, template)| (library_cursor(place), template.clone())).collect();
    let room = i64::try_from(limit - found.len()).unwrap_or_default();
    if room > 0 {
        let after = page.after.filter(|after| after.time != DateTime::UNIX_EPOCH);
        let own = store::templates::list(tx, filter, after, room).await?;
        found.extend(own.into_iter().map(|template| (own_cursor(&template), template)));
    }
    let (found, next) = page.cut(found, |(cursor, _)| *cursor);
    Ok((found.into_iter().map(|(_, template)| template).collect(), next))
}

/// The library is older than all.
fn library_cursor(place: usize) -> Cursor {
    Cursor { time: DateTime::UNIX_EPOCH, id: Uuid::from_u128(place as u128) }
}

fn place_of(id: Uuid) -> usize {
    usize::try_from(id.as_u128()).unwrap_or(usize::MAX)
}

fn own_cursor(template: &Template) -> Cursor {
    Cursor {
        time: template.create_time.unwrap_or_default(),
        id: template.id.parse::<TemplateId>().map(|id| id.0).unwrap_or_default(),
    }
}

fn not_found() -> Error {
    Error::not_found("TEMPLATE_NOT_FOUND", "there is no such template")
}
