//! Reads.

pub mod duplicates;
pub mod search;

use chassis::{
    Result, TenantTx,
    wire::{self, Cursor, Page},
};
use usher_proto::talent::v1::{ListConsentsRequest, ListTimelineEntriesRequest};

use crate::{
    domain::{consent::Consent, person::Person},
    keys::TenantKey,
    store::{self, timeline::Entry},
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
