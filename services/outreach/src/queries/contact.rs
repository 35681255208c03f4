//! Who has whom, and where nothing may go.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page, optional_id},
};
use usher_proto::outreach::v1::{ListContactLeasesRequest, ListSuppressionsRequest};

use crate::{
    domain::{gate::lease::Lease, gate::preference::Wishes, message::CandidateId},
    store::{self, leases, suppressions},
};

/// The lease that holds for a person now.
pub async fn lease(tx: &mut TenantTx, candidate: &str) -> Result<Lease> {
    let people = named(tx, candidate).await?.unwrap_or_default();
    let held = store::leases::holding(tx, &people).await?;
    held.ok_or_else(|| Error::not_found("LEASE_NOT_FOUND", "nobody has this person"))
}

/// One page of leases, and the token of the next.
pub async fn list_leases(tx: &mut TenantTx, request: ListContactLeasesRequest) -> Result<(Vec<Lease>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let people = named(tx, &request.candidate_id).await?;
    let filter = leases::Filter { people, holder: request.holder, holding_only: request.holding_only };
    let found = store::leases::list(tx, &page, &filter).await?;
    Ok(page.cut(found, |lease| Cursor { time: lease.start_time, id: lease.id.0 }))
}

/// One page of suppressions, and the token of the next.
pub async fn list_suppressions(
    tx: &mut TenantTx,
    request: &ListSuppressionsRequest,
) -> Result<(Vec<suppressions::Entry>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let people = named(tx, &request.candidate_id).await?;
    let filter = suppressions::Filter { people, kind: request.kind(), lifted_too: request.lifted_too };
    let found = store::suppressions::list(tx, &page, &filter).await?;
    Ok(page.cut(found, |entry| Cursor { time: entry.create_time, id: entry.id.0 }))
}

/// What holds of what a person has said, as one with whoever they are one with.
pub async fn wishes(tx: &mut TenantTx, candidate: CandidateId) -> Result<Wishes> {
    let people = people(tx, candidate).await?;
    store::preferences::wishes(tx, &people).await
}

/// All who are one with somebody, themselves too.
pub async fn people(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<CandidateId>> {
    let survivor = outbox::merging::stands_for(tx, candidate.0).await?;
    Ok(outbox::merging::parts(tx, survivor).await?.into_iter().map(CandidateId).collect())
}

/// The same for whoever a filter names; `None` where it names nobody.
pub async fn named(tx: &mut TenantTx, candidate: &str) -> Result<Option<Vec<CandidateId>>> {
    match optional_id("candidate_id", candidate)? {
        None => Ok(None),
        Some(candidate) => people(tx, candidate).await.map(Some),
    }
}
