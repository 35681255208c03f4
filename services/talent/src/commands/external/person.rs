//! Whom a sighting is about.

use std::collections::{BTreeSet, HashMap};

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::RecordExternalActivityRequest;

use crate::{
    commands::profile,
    domain::{candidate::CandidateId, external::page},
    keys::TenantKey,
    store,
};

/// The one person whom everything that was said leads to; the first that names them, where it names a part of the person.
/// Their page is known from then on.
pub async fn find(tx: &mut TenantTx, key: &TenantKey, request: &RecordExternalActivityRequest) -> Result<CandidateId> {
    let mut found = Vec::new();
    let mut is_named = false;
    if let Some(id) = wire::optional_id("candidate_id", &request.candidate_id)? {
        is_named = true;
        store::candidates::check(tx, id).await?;
        found.push(id);
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
    let Some(candidate) = found.first().copied() else {
        if is_named {
            return Err(Error::not_found("CANDIDATE_NOT_FOUND", "nobody whom this is about is known"));
        }
        let message = "or contact_point or profile_url must say who it is";
        return Err(Error::invalid("candidate_id", "PERSON_REQUIRED", message));
    };
    let parts: HashMap<CandidateId, CandidateId> = store::merges::roots(tx, &found).await?.into_iter().collect();
    let people: BTreeSet<CandidateId> = found.iter().map(|id| parts.get(id).copied().unwrap_or(*id)).collect();
    if people.len() > 1 {
        let message = "and the other ways to say who it is lead to two people";
        return Err(Error::invalid("profile_url", "PERSON_AMBIGUOUS", message));
    }
    if let Some(page) = page {
        store::external::insert_page(tx, &page, candidate).await?;
    }
    Ok(candidate)
}
