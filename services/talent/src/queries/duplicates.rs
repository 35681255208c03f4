//! Pairs of people who may be one, and merges.

use std::collections::HashMap;

use chassis::{
    Result, TenantTx,
    wire::{self, Cursor, Page},
};
use usher_proto::talent::v1::{DuplicateState, ListDuplicatesRequest};

use crate::{
    domain::{
        candidate::{Candidate, CandidateId},
        duplicate::Duplicate,
        merge::Merge,
    },
    store::{
        self,
        duplicates::{self, Filter},
    },
};

/// One page of pairs, the likeliest first, and the token of the next.
pub async fn list(tx: &mut TenantTx, request: &ListDuplicatesRequest) -> Result<(Vec<Duplicate>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let candidate = wire::optional_id("candidate_id", &request.candidate_id)?;
    if let Some(candidate) = candidate {
        store::candidates::check(tx, candidate).await?;
    }
    let state = match request.state() {
        DuplicateState::Unspecified => DuplicateState::Open,
        state => state,
    };
    // The contract bounds it.
    let min_score = i16::try_from(request.min_score).unwrap_or_default();
    let pairs = duplicates::list(tx, &Filter { state, min_score, candidate }, &page).await?;
    Ok(page.cut(pairs, duplicates::cursor))
}

/// The people of pairs, without their contact points.
pub async fn people(tx: &mut TenantTx, pairs: &[Duplicate]) -> Result<HashMap<CandidateId, Candidate>> {
    let ids: Vec<CandidateId> = pairs.iter().flat_map(|pair| [pair.pair.0, pair.pair.1]).collect();
    let people = store::candidates::bare(tx, &ids).await?;
    Ok(people.into_iter().map(|candidate| (candidate.id, candidate)).collect())
}

/// Its place in the order.
pub fn merge_cursor(merge: &Merge) -> Cursor {
    Cursor { time: merge.create_time, id: merge.id.0 }
}
