//! What an import did to people is taken back, as far as nobody has changed or used it since.

use std::collections::{BTreeSet, HashMap, HashSet};

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::{CandidateRemoved, CandidateUpdated, TagName, TagsChanged};

use crate::{
    domain::{
        candidate::{Candidate, CandidateId, Profile},
        imports::Import,
    },
    keys::TenantKey,
    store::{
        self,
        import_changes::Entry,
        tombstones::PERSON_ERASED,
        undo::{self, Problem, Since},
    },
};

/// The fields that hold contact points.
const CONTACTS: [&str; 4] = ["email", "phone", "wechat_id", "other_contact_points"];

/// Takes it back, forgets how it was done, and counts what came of it.
pub async fn run(
    tx: &mut TenantTx,
    key: &TenantKey,
    import: &mut Import,
    people: &[CandidateId],
    applicants: &HashSet<CandidateId>,
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    // Whoever is gone needs nothing.
    let known = store::candidates::lock_all(tx, key, people).await?;
    let mut entries = store::import_changes::of(tx, key, import.id, people).await?;
    let mut new = Vec::new();
    let mut problems = Vec::new();
    for candidate in known {
        let entries = entries.remove(&candidate.id).unwrap_or_default();
        if entries.iter().any(|entry| entry.is_new) {
            new.push((candidate, entries));
        } else {
            problems.extend(restore(tx, key, import, candidate, &entries).await?);
        }
    }
    problems.extend(remove(tx, import, &new, applicants).await?);
    for problem in &problems {
        undo::insert_problem(tx, import.id, problem).await?;
    }
    import.undone.problems += count(problems.len());
    store::import_changes::forget(tx, import.id, people).await
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

/// Removes those who came with the import; and who stays, and why.
async fn remove(
    tx: &mut TenantTx,
    import: &mut Import,
    new: &[(Candidate, Vec<Entry>)],
    applicants: &HashSet<CandidateId>,
) -> Result<Vec<Problem>> {
    let ids: Vec<CandidateId> = new.iter().map(|(candidate, _)| candidate.id).collect();
    let since: HashMap<CandidateId, Since> =
        undo::since(tx, &ids).await?.into_iter().map(|since| (since.candidate_id, since)).collect();
    let (mut free, mut problems) = (Vec::new(), Vec::new());
    for (candidate, entries) in new {
        match since.get(&candidate.id).and_then(|since| in_use(candidate, entries, since)) {
            // It will be heard of.
            None if applicants.contains(&candidate.id) => problems.push(stays(candidate.id, "IN_USE")),
            None => free.push(candidate.id),
            Some(reason) => problems.push(stays(candidate.id, reason)),
        }
    }
    let mut gone = Vec::new();
    if undo::remove(tx, &free).await? {
        gone = free;
    } else {
        // Something holds on to one of them; it is found one by one.
        for id in free {
            if undo::remove(tx, &[id]).await? { gone.push(id) } else { problems.push(stays(id, "IN_USE")) }
        }
    }
    let event = |id: CandidateId| CandidateRemoved { candidate_id: id.to_string(), import_id: import.id.to_string() };
    let events: Vec<(CandidateId, CandidateRemoved)> = gone.into_iter().map(|id| (id, event(id))).collect();
    let lent: Vec<(CandidateId, &CandidateRemoved)> = events.iter().map(|(id, event)| (*id, event)).collect();
    outbox::append_all(tx, &lent).await?;
    import.undone.created += count(events.len());
    Ok(problems)
}

fn stays(candidate_id: CandidateId, reason: &str) -> Problem {
    Problem { candidate_id, reason: reason.to_owned(), fields: Vec::new() }
}

/// Why somebody who came with the import can not go any more; `None` when they can.
fn in_use(candidate: &Candidate, entries: &[Entry], since: &Since) -> Option<&'static str> {
    // Each version that the person has had must be one that the import made.
    let versions: BTreeSet<i64> = entries.iter().map(|entry| entry.version).collect();
    let said = |of: fn(&Entry) -> usize| count(entries.iter().map(of).sum());
    let is_as_it_came = count(versions.len()) == candidate.version
        && since.consents == said(|entry| entry.change.consents.len())
        && since.tags <= said(|entry| entry.change.tags.len());
    match since {
        Since { is_merged: true, .. } => Some("MERGED"),
        Since { has_history: true, .. } => Some("HAS_HISTORY"),
        Since { has_resume: true, .. } => Some("HAS_RESUME"),
        _ if !is_as_it_came => Some("CHANGED_SINCE"),
        _ => None,
    }
}

/// Gives somebody the earlier values again; and which could not be given.
async fn restore(
    tx: &mut TenantTx,
    key: &TenantKey,
    import: &mut Import,
    before: Candidate,
    entries: &[Entry],
) -> Result<Option<Problem>> {
    let id = before.id;
    let mut profile = before.profile.clone();
    let mut kept = BTreeSet::new();
    for entry in entries {
        kept.extend(entry.change.take_back(&mut profile)?);
    }
    let mut reason = "CHANGED_SINCE";
    if let Some(held) = held(tx, key, id, &profile).await? {
        kept.extend(
            before.profile.changed(&profile).into_iter().filter(|field| CONTACTS.contains(field)).map(str::to_owned),
        );
        keep_contacts(&mut profile, &before.profile);
        reason = held;
    }
    let is_changed = profile != before.profile;
    if is_changed {
        let after = Candidate { profile, version: before.version + 1, update_time: tx.now(), ..before.clone() };
        let change = (before.profile, after);
        if !store::candidates::update(tx, key, std::slice::from_ref(&change)).await? {
            return Err(undo::concurrent());
        }
        outbox::append(tx, id, &super::updated(&change.0, &change.1)).await?;
    }
    if take_words_back(tx, id, entries).await? || is_changed {
        import.undone.updated += 1;
    }
    let fields: Vec<String> = kept.into_iter().collect();
    Ok((!fields.is_empty()).then(|| Problem { candidate_id: id, reason: reason.to_owned(), fields }))
}

/// Why one of the contact points can not be given back: somebody else has it by now, or had it and is forgotten.
async fn held(tx: &mut TenantTx, key: &TenantKey, id: CandidateId, profile: &Profile) -> Result<Option<&'static str>> {
    let contacts = profile.contacts().collect();
    let owners = store::contact_points::owners(tx, key, &contacts).await?;
    if owners.into_iter().any(|owner| owner != id) {
        return Ok(Some("CONTACT_TAKEN"));
    }
    let forgotten = store::tombstones::among(tx, key, &contacts).await?;
    Ok((!forgotten.is_empty()).then_some(PERSON_ERASED))
}

fn keep_contacts(profile: &mut Profile, known: &Profile) {
    profile.email.clone_from(&known.email);
    profile.phone.clone_from(&known.phone);
    profile.wechat.clone_from(&known.wechat);
    profile.other_contacts.clone_from(&known.other_contacts);
}

/// Takes consents and tags back. Whether there were any.
async fn take_words_back(tx: &mut TenantTx, id: CandidateId, entries: &[Entry]) -> Result<bool> {
    let consents: Vec<_> = entries.iter().flat_map(|entry| entry.change.consents.iter().copied()).collect();
    let had_consents = !consents.is_empty() && undo::delete_consents(tx, id, &consents).await? > 0;
    if had_consents {
        let changed_fields = vec!["consents".to_owned()];
        outbox::append(tx, id, &CandidateUpdated { candidate_id: id.to_string(), changed_fields }).await?;
    }
    let mut removed = Vec::new();
    for entry in entries {
        for (dimension, name) in &entry.change.tags {
            if undo::delete_tag(tx, id, *dimension, name, entry.change.time).await? {
                removed.push(TagName { dimension: *dimension, name: name.clone() });
            }
        }
    }
    let had_tags = !removed.is_empty();
    if had_tags {
        let (candidate_id, actor) = (id.to_string(), tx.ctx().actor.to_string());
        outbox::append(tx, id, &TagsChanged { candidate_id, added: Vec::new(), removed, actor }).await?;
    }
    Ok(had_consents || had_tags)
}
