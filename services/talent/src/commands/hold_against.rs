//! People who are new or have changed are held against the watched searches, all at once.

use std::collections::HashMap;

use chassis::{Result, TenantTx, wire};
use usher_proto::talent::v1::SavedSearchMatched;

use crate::{
    domain::{
        candidate::CandidateId,
        document::Document,
        matching::Subject,
        query::Clause,
        saved_search::{self, Known, SavedSearch, SavedSearchId},
        synonyms::Synonyms,
    },
    keys::TenantKey,
    queries::sight,
    store::{self, watches::Watched},
};

/// People of one transaction.
const BATCH: i64 = 200;

/// A watched search, read.
struct Watch {
    search: SavedSearch,
    clauses: Vec<Clause>,
}

/// Some of those who wait; how many they were.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, synonyms: &Synonyms) -> Result<usize> {
    let people = store::watches::take(tx, BATCH).await?;
    let watches = watches(tx, synonyms).await?;
    if people.is_empty() || watches.is_empty() {
        return Ok(people.len());
    }
    let documents = store::people::documents(tx, key, &people).await?;
    let known = known(tx, &documents).await?;
    let (looks, news) = look(&watches, &documents, &known, tx);
    store::watches::put(tx, &looks).await?;
    let told: Vec<_> = news.iter().map(|(watch, person)| (watch.search.id, *person)).collect();
    store::saved_search_matches::insert(tx, &told).await?;
    for (watch, person) in news {
        let event = SavedSearchMatched {
            saved_search_id: watch.search.id.to_string(),
            candidate_id: person.to_string(),
            owner: watch.search.owner.clone(),
            time: Some(wire::timestamp(tx.now())),
        };
        outbox::append(tx, watch.search.id, &event).await?;
    }
    Ok(people.len())
}

/// What is known of the people of these documents, and of who is part of them: of whom somebody was told before they became
/// part of another person is no news again by that one's id.
async fn known(tx: &mut TenantTx, documents: &[Document]) -> Result<HashMap<(SavedSearchId, CandidateId), Known>> {
    let ids: Vec<CandidateId> = documents.iter().map(|document| CandidateId(document.id)).collect();
    let parts: HashMap<CandidateId, CandidateId> = store::merges::members(tx, &ids).await?.into_iter().collect();
    let all: Vec<CandidateId> = ids.into_iter().chain(parts.keys().copied()).collect();
    let mut watched = store::watches::of(tx, &all).await?;
    // Their own comes first, and of parts those who match.
    watched.sort_by_key(|one| (parts.contains_key(&one.candidate_id), !one.holds));
    let mut known = HashMap::new();
    for Watched { saved_search_id, candidate_id, holds, told_time } in watched {
        let person = parts.get(&candidate_id).copied().unwrap_or(candidate_id);
        let first = known.entry((saved_search_id, person)).or_insert(Known { holds, told_time });
        first.told_time = first.told_time.max(told_time);
    }
    Ok(known)
}

/// The searches that can be read. One that can not, because its tenant's synonyms or this version have changed, waits.
async fn watches(tx: &mut TenantTx, synonyms: &Synonyms) -> Result<Vec<Watch>> {
    let now = tx.now();
    let searches = store::saved_searches::watched(tx).await?.into_iter();
    let read = searches.filter_map(|search| match sight::asking(&search.settings, synonyms, now) {
        Ok(asking) => Some(Watch { search, clauses: std::iter::once(asking.query).chain(asking.filters).collect() }),
        Err(error) => {
            tracing::warn!(saved_search = %search.id, reason = error.reason(), "a saved search does not read any more");
            None
        }
    });
    Ok(read.collect())
}

fn look<'w>(
    watches: &'w [Watch],
    documents: &[Document],
    known: &HashMap<(SavedSearchId, CandidateId), Known>,
    tx: &TenantTx,
) -> (Vec<Watched>, Vec<(&'w Watch, CandidateId)>) {
    let (mut looks, mut news) = (Vec::new(), Vec::new());
    for document in documents {
        let (person, subject) = (CandidateId(document.id), Subject::of(document));
        for watch in watches {
            let matches = watch.clauses.iter().all(|clause| subject.matches(clause, tx.now().timestamp()));
            let before = known.get(&(watch.search.id, person)).copied();
            let Some((known, is_news)) = saved_search::look(before, matches, tx.now()) else { continue };
            let Known { holds, told_time } = known;
            looks.push(Watched { saved_search_id: watch.search.id, candidate_id: person, holds, told_time });
            if is_news {
                news.push((watch, person));
            }
        }
    }
    (looks, news)
}
