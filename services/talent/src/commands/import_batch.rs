//! A batch of rows becomes people, in the transaction handed in, with what is needed to undo it.

use std::collections::BTreeSet;

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{
    CandidateCreated, CandidateUpdated, ConsentRecorded, DuplicateEvidenceKind, TagsChanged,
};

use super::tag_name;
use crate::{
    domain::{
        candidate::{Candidate, CandidateId, Profile},
        clean::Fault,
        consent::Consent,
        contact::Contact,
        import::{
            change::Change,
            fold::{Book, Fate, Leaf},
            further::Stamp,
            row::Row,
        },
        imports::ImportId,
        person::Person,
    },
    keys::TenantKey,
    store::{self, import_changes::Entry, tombstones::PERSON_ERASED},
};

/// Takes rows in, for an import or, in a dry run, for none. What became of each.
pub async fn save(tx: &mut TenantTx, key: &TenantKey, import: Option<ImportId>, rows: &[Row]) -> Result<Vec<Fate>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let stamp = Stamp { now: tx.now(), actor: tx.ctx().actor.to_string() };
    let contacts: BTreeSet<Contact> = rows.iter().flat_map(Row::contacts).collect();
    let mut book = Book::new(known(tx, key, rows, &contacts).await?);
    let gone = store::tombstones::among(tx, key, &contacts).await?;
    let fingerprints = rows.iter().map(|row| key.fingerprint(row)).collect::<Result<Vec<_>>>()?;
    let mut taken = store::imported_rows::known(tx, &fingerprints).await?;
    let returned =
        if taken.is_empty() { BTreeSet::new() } else { store::tombstones::returned(tx, key, &contacts).await? };
    let mut news = Vec::new();
    let mut fates = Vec::with_capacity(rows.len());
    for (row, fingerprint) in rows.iter().zip(fingerprints) {
        let fate = if row.contacts().any(|contact| gone.contains(&contact)) {
            Fate::Rejected(Fault::new("", PERSON_ERASED, "is about somebody who asked to be forgotten"))
        } else if taken.contains(&fingerprint) && !comes_back(row, &book, &returned) {
            // A row that came before has had its effect, whatever has happened to the person since.
            Fate::Unchanged
        } else {
            book.fold(row, &stamp)
        };
        if !matches!(fate, Fate::Rejected(_)) && taken.insert(fingerprint.clone()) {
            news.push(fingerprint);
        }
        fates.push(fate);
    }
    store::imported_rows::insert(tx, import, &news).await?;
    for (one, other) in book.conflicts() {
        super::note_duplicates::told(tx, *one, *other, DuplicateEvidenceKind::RowNamesBoth).await?;
    }
    let leaves = book.leaves(&stamp);
    write_profiles(tx, key, &leaves).await?;
    write_words(tx, &leaves).await?;
    if let Some(import) = import {
        let entries = leaves.iter().map(|leaf| entry(leaf, &stamp)).collect::<Result<Vec<_>>>()?;
        store::import_changes::insert(tx, key, import, &entries).await?;
    }
    Ok(fates)
}

/// Whether a row is about somebody who was forgotten, may come back, and has not yet.
fn comes_back(row: &Row, book: &Book, returned: &BTreeSet<Contact>) -> bool {
    !book.knows(row) && row.contacts().any(|contact| returned.contains(&contact))
}

/// Everybody who has a contact point of the rows, locked; with words and tags only when the rows say any.
async fn known(tx: &mut TenantTx, key: &TenantKey, rows: &[Row], contacts: &BTreeSet<Contact>) -> Result<Vec<Person>> {
    let owners = store::contact_points::owners(tx, key, contacts).await?;
    let candidates = store::candidates::lock_all(tx, key, &owners).await?;
    if rows.iter().any(Row::says_more) {
        return store::people::all_whole(tx, candidates).await;
    }
    Ok(candidates.into_iter().map(Person::new).collect())
}

async fn write_profiles(tx: &mut TenantTx, key: &TenantKey, leaves: &[Leaf]) -> Result<()> {
    let created: Vec<Candidate> =
        leaves.iter().filter(|leaf| leaf.before.is_none()).map(|leaf| leaf.candidate.clone()).collect();
    let changed = leaves.iter().filter(|leaf| leaf.is_profile_changed());
    let updated: Vec<(Profile, Candidate)> =
        changed.filter_map(|leaf| Some((leaf.before.clone()?, leaf.candidate.clone()))).collect();
    // People who are changed first: they may give up what a new one takes on.
    let saved = store::candidates::update(tx, key, &updated).await.map_err(overtaken)?
        && store::candidates::insert(tx, key, &created).await.map_err(overtaken)?;
    if !saved {
        return Err(changed_meanwhile());
    }
    let created: Vec<_> = created.iter().map(|candidate| (candidate.id, super::created(candidate))).collect();
    let updated: Vec<_> = updated.iter().map(|(before, after)| (after.id, super::updated(before, after))).collect();
    outbox::append_all::<CandidateId, CandidateCreated>(tx, &lent(&created)).await?;
    outbox::append_all::<CandidateId, CandidateUpdated>(tx, &lent(&updated)).await?;
    Ok(())
}

/// Somebody of the batch was forgotten while it was being saved: the next try sees it row by row.
fn overtaken(error: Error) -> Error {
    if error.reason() == PERSON_ERASED { changed_meanwhile() } else { error }
}

fn changed_meanwhile() -> Error {
    Error::aborted("CONCURRENT_CHANGE", "somebody else changed the same people; send the file again")
}

/// Consents and tags.
async fn write_words(tx: &mut TenantTx, leaves: &[Leaf]) -> Result<()> {
    let (mut consents, mut given, mut tags) = (Vec::new(), Vec::new(), Vec::new());
    for leaf in leaves {
        let id = leaf.candidate.id;
        for consent in &leaf.consents {
            store::consents::insert(tx, id, consent).await?;
            consents.push((id, recorded(id, consent)));
        }
        if !leaf.tags.is_empty() {
            given.extend(leaf.tags.iter().map(|tag| (id, tag.clone())));
            let added = leaf.tags.iter().map(tag_name).collect();
            let actor = tx.ctx().actor.to_string();
            tags.push((id, TagsChanged { candidate_id: id.to_string(), added, removed: Vec::new(), actor }));
        }
    }
    store::tags::put(tx, &given).await?;
    outbox::append_all::<CandidateId, ConsentRecorded>(tx, &lent(&consents)).await?;
    outbox::append_all::<CandidateId, TagsChanged>(tx, &lent(&tags)).await?;
    Ok(())
}

fn recorded(candidate: CandidateId, consent: &Consent) -> ConsentRecorded {
    ConsentRecorded {
        candidate_id: candidate.to_string(),
        purpose: consent.purpose.into(),
        granted: consent.granted,
        time: Some(wire::timestamp(consent.time)),
        expire_time: consent.expire_time.map(wire::timestamp),
    }
}

fn entry(leaf: &Leaf, stamp: &Stamp) -> Result<Entry> {
    let mut change = match &leaf.before {
        Some(before) => Change::between(before, &leaf.candidate.profile, stamp.now)?,
        None => Change::new_person(stamp.now),
    };
    change.consents = leaf.consents.iter().map(|consent| consent.id).collect();
    change.tags = leaf.tags.iter().map(|tag| (tag.dimension.into(), tag.name.clone())).collect();
    Ok(Entry { candidate: leaf.candidate.id, is_new: leaf.before.is_none(), version: leaf.candidate.version, change })
}

fn lent<E>(events: &[(CandidateId, E)]) -> Vec<(CandidateId, &E)> {
    events.iter().map(|(id, event)| (*id, event)).collect()
}
