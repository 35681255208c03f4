//! Reads.

use chassis::{
    Error, Result, TenantTx,
    wire::{self, Cursor, Page},
};
use usher_proto::talent::v1::{ListConsentsRequest, ListTimelineEntriesRequest, SearchCandidatesRequest};

use crate::{
    domain::{city, clean::text, consent::Consent, person::Person, query},
    keys::TenantKey,
    store::{
        self,
        search::{Hit, Search},
        timeline::Entry,
    },
};

/// One page of people, newest first, and the token of the next.
pub async fn list_candidates(
    tx: &mut TenantTx,
    key: &TenantKey,
    size: i32,
    token: &str,
) -> Result<(Vec<Person>, String)> {
    let page = Page::of(size, 50, token)?;
    let candidates = store::candidates::list(tx, key, &page).await?;
    let (candidates, next) =
        page.cut(candidates, |candidate| Cursor { time: candidate.create_time, id: candidate.id.0 });
    Ok((store::people::all_whole(tx, candidates).await?, next))
}

/// One page of what a person said about purposes, newest first, and the token of the next.
pub async fn list_consents(tx: &mut TenantTx, request: &ListConsentsRequest) -> Result<(Vec<Consent>, String)> {
    let candidate = wire::id("candidate_id", &request.candidate_id)?;
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    store::candidates::check(tx, candidate).await?;
    let consents = store::consents::list(tx, candidate, &page).await?;
    Ok(page.cut(consents, store::consents::cursor))
}

/// One page of those whom a query finds, the token of the next, and how many there are in all.
pub async fn search_candidates(
    tx: &mut TenantTx,
    key: &TenantKey,
    request: &SearchCandidatesRequest,
) -> Result<(Vec<Person>, String, i64)> {
    let search = read_search(request)?;
    let page = Page::of(request.page_size, 20, &request.page_token)?;
    let (hits, total) = store::search::find(tx, &search, &page).await?;
    let (hits, next) = page.cut(hits, Hit::cursor);
    let ids: Vec<_> = hits.iter().map(|hit| hit.candidate_id).collect();
    let candidates = store::candidates::by_ids(tx, key, &ids).await?;
    Ok((store::people::all_whole(tx, candidates).await?, next, total))
}

fn read_search(request: &SearchCandidatesRequest) -> Result<Search> {
    let city = text::clean("city", &request.city, 100)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    Ok(Search {
        query: query::parse(&request.query)?,
        city_key: (!city.is_empty()).then(|| city::key(&city)),
        min_years: u8::try_from(request.min_years_of_experience).unwrap_or_default(),
    })
}

/// One page of what happened with a person, newest first, and the token of the next.
pub async fn list_timeline_entries(
    tx: &mut TenantTx,
    request: &ListTimelineEntriesRequest,
) -> Result<(Vec<Entry>, String)> {
    let candidate = wire::id("candidate_id", &request.candidate_id)?;
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    store::candidates::check(tx, candidate).await?;
    let entries = store::timeline::list(tx, candidate, &page).await?;
    Ok(page.cut(entries, Entry::cursor))
}
