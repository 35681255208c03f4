//! Whom a sighting is about.

use std::collections::BTreeSet;

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::RecordExternalActivityRequest;

use crate::{
    commands::profile,
    domain::{candidate::CandidateId, external::page},
    keys::TenantKey,
    store,
};

/// The one person whom everything that was said leads to. Their page is known from then on.
pub async fn find(tx: &mut TenantTx, key: &TenantKey, request: &RecordExternalActivityRequest) -> Result<CandidateId> {
    let mut found = BTreeSet::new();
    let mut is_named = false;
    if let Some(id) = wire::optional_id("candidate_id", &request.candidate_id)? {
        is_named = true;
        store::candidates::check(tx, id).await?;
        found.insert(id);
    }
    if let Some(point) = &request.contact_point {
        is_named = true;
        let contact = profile::contact("contact_point", point)?;
        found.extend(store::contact_points::owners(tx, key, &BTreeSet::from([contact])).await?);
    }
    let page = match request.profile_url.as_str() {
        "" => None,
        url => Some(key.blind_words("page", page::key("profile_url", url)?.as_bytes())?),
    };
    if let Some(page) = &page {
        is_named = true;
        found.extend(store::external::owner_of_page(tx, page).await?);
    }
    let candidate = match found.len() {
        0 if !is_named => {
            let message = "or contact_point or profile_url must say who it is";
            return Err(Error::invalid("candidate_id", "PERSON_REQUIRED", message));
        }
        0 => return Err(Error::not_found("CANDIDATE_NOT_FOUND", "nobody whom this is about is known")),
        1 => found.pop_first(),
        _ => None,
    };
    let candidate = candidate.ok_or_else(|| {
        Error::invalid("profile_url", "PERSON_AMBIGUOUS", "and the other ways to say who it is lead to two people")
    })?;
    if let Some(page) = page {
        store::external::insert_page(tx, &page, candidate).await?;
    }
    Ok(candidate)
}
