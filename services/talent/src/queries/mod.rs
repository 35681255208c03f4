//! Reads.

use chassis::{
    Error, Result, TenantTx,
    wire::{self, Cursor, Page},
};
use usher_proto::talent::v1::{ListTimelineEntriesRequest, SearchCandidatesRequest};

use crate::{
    domain::{candidate::Candidate, city, clean::text, query},
    store::{
        self,
        keyring::TenantKey,
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
) -> Result<(Vec<Candidate>, String)> {
    let page = Page::of(size, 50, token)?;
    let candidates = store::candidates::list(tx, key, &page).await?;
    Ok(page.cut(candidates, |candidate| Cursor { time: candidate.create_time, id: candidate.id.0 }))
}

/// One page of those whom a query finds, the token of the next, and how many there are in all.
pub async fn search_candidates(
    tx: &mut TenantTx,
    key: &TenantKey,
    request: &SearchCandidatesRequest,
) -> Result<(Vec<Candidate>, String, i64)> {
    let search = read_search(request)?;
    let page = Page::of(request.page_size, 20, &request.page_token)?;
    let (hits, total) = store::search::find(tx, &search, &page).await?;
    let (hits, next) = page.cut(hits, Hit::cursor);
    let ids: Vec<_> = hits.iter().map(|hit| hit.candidate_id).collect();
    Ok((store::candidates::by_ids(tx, key, &ids).await?, next, total))
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
