//! People as a whole: the profile with what is known from consents, tags and what the services told; of all who are part of
//! a person, see [`super::merges`].

use std::collections::{BTreeSet, HashMap};

use chassis::{Result, TenantTx};

use super::{candidates, consents, engagements, merges, resumes, tags};
use crate::{
    domain::{
        candidate::{Candidate, CandidateId},
        document::Document,
        person::Person,
    },
    keys::TenantKey,
};

/// One person; of somebody who is part of another person, that one.
pub async fn get(tx: &mut TenantTx, key: &TenantKey, id: CandidateId) -> Result<Person> {
    let candidate = candidates::get(tx, key, id).await?;
    whole(tx, candidate).await
}

/// One person without whoever they may be part of.
pub async fn alone(tx: &mut TenantTx, key: &TenantKey, id: CandidateId) -> Result<Person> {
    let candidate = candidates::alone(tx, key, id).await?;
    whole(tx, candidate).await
}

/// The whole of one person.
pub async fn whole(tx: &mut TenantTx, candidate: Candidate) -> Result<Person> {
    let mut people = all_whole(tx, vec![candidate]).await?;
    // One goes in, one comes out.
    Ok(people.swap_remove(0))
}

/// What search knows of the people of these ids, those whom there are. In place of somebody who is part of another person
/// stands that one.
pub async fn documents(tx: &mut TenantTx, key: &TenantKey, ids: &[CandidateId]) -> Result<Vec<Document>> {
    let tenant = tx.tenant().0;
    let people = with_resumes(tx, key, ids).await?.into_iter();
    Ok(people.map(|(person, resume)| Document::of(tenant, person, resume.as_deref())).collect())
}

/// The people of these ids, those whom there are, each with the text of the newest résumé. In place of somebody who is part of
/// another person stands that one.
pub async fn with_resumes(
    tx: &mut TenantTx,
    key: &TenantKey,
    ids: &[CandidateId],
) -> Result<Vec<(Person, Option<String>)>> {
    let roots: HashMap<CandidateId, CandidateId> = merges::roots(tx, ids).await?.into_iter().collect();
    let ids: BTreeSet<CandidateId> = ids.iter().map(|id| roots.get(id).copied().unwrap_or(*id)).collect();
    let ids: Vec<CandidateId> = ids.into_iter().collect();
    let candidates = candidates::by_ids(tx, key, &ids).await?;
    let people = all_whole(tx, candidates).await?;
    let mut resumes: HashMap<CandidateId, String> = resumes::newest_texts(tx, key, &ids).await?.into_iter().collect();
    let with_resume = |person: Person| {
        let resume = resumes.remove(&person.candidate.id);
        (person, resume)
    };
    Ok(people.into_iter().map(with_resume).collect())
}

/// How to reach the people of these ids, each with the id as it was asked for: their profiles and consents alone. Of somebody
/// who is part of another person, that one; whom there is not is left out.
pub async fn reached(tx: &mut TenantTx, key: &TenantKey, ids: &[CandidateId]) -> Result<Vec<(CandidateId, Person)>> {
    let roots: HashMap<CandidateId, CandidateId> = merges::roots(tx, ids).await?.into_iter().collect();
    let root = |id: CandidateId| roots.get(&id).copied().unwrap_or(id);
    let wanted: Vec<CandidateId> = ids.iter().map(|id| root(*id)).collect::<BTreeSet<_>>().into_iter().collect();
    let found = candidates::by_ids(tx, key, &wanted).await?;
    let mut people: HashMap<CandidateId, Person> =
        found.into_iter().map(|candidate| (candidate.id, Person::new(candidate))).collect();
    let parts: HashMap<CandidateId, CandidateId> = merges::members(tx, &wanted).await?.into_iter().collect();
    let all: Vec<CandidateId> = people.keys().chain(parts.keys()).copied().collect();
    for (id, consent) in consents::latest(tx, &all).await? {
        let whose = parts.get(&id).copied().unwrap_or(id);
        if let Some(person) = people.get_mut(&whose) {
            person.hear_consent(consent);
        }
    }
    Ok(ids.iter().filter_map(|id| people.get(&root(*id)).map(|person| (*id, person.clone()))).collect())
}

/// The whole of people, in the same order: a statement for each table, however many they are.
pub async fn all_whole(tx: &mut TenantTx, candidates: Vec<Candidate>) -> Result<Vec<Person>> {
    let ids: Vec<CandidateId> = candidates.iter().map(|candidate| candidate.id).collect();
    let mut people: Vec<Person> = candidates.into_iter().map(Person::new).collect();
    if ids.is_empty() {
        return Ok(people);
    }
    let places: HashMap<CandidateId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let mut places = places;
    for (member, root) in merges::members(tx, &ids).await? {
        // Whoever is a part is part of one who was asked for.
        places.insert(member, places[&root]);
    }
    let ids: Vec<CandidateId> = places.keys().copied().collect();
    // What is read is of those who were asked for and of their parts, so each has a place.
    for (id, consent) in consents::latest(tx, &ids).await? {
        people[places[&id]].hear_consent(consent);
    }
    for (id, tag) in tags::of(tx, &ids).await? {
        people[places[&id]].take_tag(tag);
    }
    for (id, told) in engagements::of(tx, &ids).await? {
        let person = &mut people[places[&id]];
        person.engagement = std::mem::take(&mut person.engagement).and(told);
    }
    Ok(people)
}
