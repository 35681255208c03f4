//! Reads.

pub mod campaigns;
pub mod duplicates;
pub mod search;
pub mod sight;

use chassis::{
    Result, TenantTx,
    wire::{self, Cursor, Page},
};
use usher_proto::talent::v1::{
    ListConsentsRequest, ListSavedSearchMatchesRequest, ListSavedSearchesRequest, ListTimelineEntriesRequest,
};

use crate::{
    domain::{
        consent::Consent,
        person::Person,
        saved_search::{SavedSearch, SavedSearchId},
    },
    keys::TenantKey,
    store::{self, saved_search_matches::Match, timeline::Entry},
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
    let members = store::merges::whole(tx, candidate).await?.members;
    let consents = store::consents::list(tx, &members, &page).await?;
    Ok(page.cut(consents, store::consents::cursor))
}

/// One page of what happened with a person, newest first, and the token of the next.
pub async fn list_timeline_entries(
    tx: &mut TenantTx,
    request: &ListTimelineEntriesRequest,
) -> Result<(Vec<Entry>, String)> {
    let candidate = wire::id("candidate_id", &request.candidate_id)?;
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    store::candidates::check(tx, candidate).await?;
    let members = store::merges::whole(tx, candidate).await?.members;
    let entries = store::timeline::list(tx, &members, &page).await?;
    Ok(page.cut(entries, Entry::cursor))
}

/// One page of the searches that the actor may read, newest first, and the token of the next. `anybodys` for those who may
/// read what others keep, where they ask for it.
pub async fn list_saved_searches(
    tx: &mut TenantTx,
    request: &ListSavedSearchesRequest,
    anybodys: bool,
) -> Result<(Vec<SavedSearch>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let searches = store::saved_searches::list(tx, &request.owner, &page, anybodys).await?;
    Ok(page.cut(searches, store::saved_searches::cursor))
}

/// One page of those who began to match a saved search, newest first, and the token of the next.
pub async fn list_saved_search_matches(
    tx: &mut TenantTx,
    request: &ListSavedSearchMatchesRequest,
) -> Result<(Vec<Match>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let search = store::saved_searches::get(tx, wire::id("saved_search_id", &request.saved_search_id)?, false).await?;
    let matches = store::saved_search_matches::list(tx, search.id, request.only_unseen, &page).await?;
    Ok(page.cut(matches, Match::cursor))
}

/// How many matches of a saved search nobody has seen.
pub async fn unseen(tx: &mut TenantTx, search: SavedSearchId) -> Result<i64> {
    let counts = store::saved_search_matches::unseen(tx, &[search]).await?;
    Ok(counts.first().map_or(0, |(_, count)| *count))
}
