//! Two people become one.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{
    CandidatesMerged, FieldChoice, MergeCandidatesRequest, MergeChoice, PreviewMergeRequest,
};

use super::campaigns;
use crate::{
    domain::{
        candidate::{Candidate, CandidateId, Profile},
        duplicate::Duplicate,
        identity::Identity,
        merge::{self, Choice, Choices, Mark, Merge, MergeId, Record},
    },
    keys::TenantKey,
    store,
};

/// What would become of two people.
#[derive(Debug)]
pub struct Preview {
    pub survivor: Candidate,
    pub absorbed: Candidate,
    pub merged: Candidate,
    pub choices: Choices,
}

/// Shows what [`run`] would do.
pub async fn preview(tx: &mut TenantTx, key: &TenantKey, request: &PreviewMergeRequest) -> Result<Preview> {
    let ids = two(&request.survivor_id, &request.absorbed_id)?;
    let said = read(&request.choices)?;
    for id in ids {
        store::candidates::check(tx, id).await?;
        store::merges::must_stand_alone(tx, id).await?;
    }
    let [survivor, absorbed] = ids;
    let survivor = store::candidates::get(tx, key, survivor).await?;
    let absorbed = store::candidates::get(tx, key, absorbed).await?;
    let choices = merge::choices(&survivor.profile, &absorbed.profile, &said);
    let merged =
        Candidate { profile: merge::merge(&survivor.profile, &absorbed.profile, &choices), ..survivor.clone() };
    Ok(Preview { survivor, absorbed, merged, choices })
}

/// Makes one of two. The answer is the merge, and the survivor as they are now.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: MergeCandidatesRequest) -> Result<(Merge, Candidate)> {
    let ids = two(&request.survivor_id, &request.absorbed_id)?;
    let said = read(&request.choices)?;
    let (survivor, absorbed) = store::candidates::lock_two(tx, key, ids).await?;
    for (one, etag) in [(&survivor, &request.survivor_etag), (&absorbed, &request.absorbed_etag)] {
        store::merges::must_stand_alone(tx, one.id).await?;
        wire::check_etag(etag, one.version)?;
    }
    let choices = merge::choices(&survivor.profile, &absorbed.profile, &said);
    let profile = merge::merge(&survivor.profile, &absorbed.profile, &choices);
    let changed = changed(tx, &survivor, profile);
    let merge = record(tx, key, (&survivor, &absorbed), &changed, &choices)?;

    // The absorbed one's contact points lie with the survivor from now on: so whoever comes with one is known as that.
    let mut emptied = absorbed.profile.clone();
    merge::set_contacts(&mut emptied, []);
    let emptied = self::changed(tx, &absorbed, emptied);
    let after = [(absorbed.profile.clone(), emptied), (survivor.profile.clone(), changed.clone())];
    if !store::candidates::update(tx, key, &after).await? {
        return Err(Error::aborted("CONCURRENT_CHANGE", "somebody else changed one of them; read them and repeat"));
    }
    store::merges::insert(tx, &merge).await?;
    store::merges::join(tx, absorbed.id, survivor.id).await?;
    campaigns::unite::run(tx, survivor.id).await?;
    settle(tx, &survivor, &absorbed, Duplicate::merge).await?;
    let event = CandidatesMerged {
        survivor_id: survivor.id.to_string(),
        absorbed_id: absorbed.id.to_string(),
        merge_id: merge.id.to_string(),
    };
    outbox::append(tx, survivor.id, &event).await?;
    Ok((merge, changed))
}

/// A person with another profile, in the next version.
pub fn changed(tx: &TenantTx, candidate: &Candidate, profile: Profile) -> Candidate {
    Candidate { profile, version: candidate.version + 1, update_time: tx.now(), ..candidate.clone() }
}

/// Turns the pair of two people.
pub async fn settle(
    tx: &mut TenantTx,
    one: &Candidate,
    other: &Candidate,
    turn: impl FnOnce(&mut Duplicate, &str, chrono::DateTime<chrono::Utc>) + Send,
) -> Result<()> {
    let (now, actor) = (tx.now(), tx.ctx().actor.to_string());
    let mut new = Duplicate::new(one.id, other.id, now);
    new.weigh(&Identity::of(&one.profile), &Identity::of(&other.profile), now);
    let mut pair = store::duplicates::hold(tx, new).await?;
    turn(&mut pair, &actor, now);
    store::duplicates::save(tx, &pair).await
}

/// The marks of a person's contact points, in their order.
pub fn marks(key: &TenantKey, profile: &Profile) -> Result<Vec<Mark>> {
    profile.contacts().map(|contact| key.mark(&contact)).collect()
}

fn record(
    tx: &TenantTx,
    key: &TenantKey,
    (survivor, absorbed): (&Candidate, &Candidate),
    after: &Candidate,
    choices: &Choices,
) -> Result<Merge> {
    let differing = merge::differing(&survivor.profile, &absorbed.profile);
    let choices = choices.iter().filter(|(field, _)| differing.contains(field));
    Ok(Merge {
        id: MergeId::new(),
        survivor: survivor.id,
        absorbed: absorbed.id,
        choices: choices.map(|(field, choice)| ((*field).to_owned(), *choice)).collect(),
        record: Record {
            before: survivor.profile.clone(),
            after: after.profile.clone(),
            marks_before: marks(key, &survivor.profile)?,
            marks_after: marks(key, &after.profile)?,
            marks_absorbed: marks(key, &absorbed.profile)?,
            survivor_version: after.version,
        },
        actor: tx.ctx().actor.to_string(),
        create_time: tx.now(),
        undone: None,
    })
}

fn two(survivor: &str, absorbed: &str) -> Result<[CandidateId; 2]> {
    let ids = [wire::id("survivor_id", survivor)?, wire::id("absorbed_id", absorbed)?];
    if ids[0] == ids[1] {
        return Err(Error::invalid("absorbed_id", "MERGE_OF_ONE", "must be another person than the survivor"));
    }
    Ok(ids)
}

fn read(said: &[FieldChoice]) -> Result<Choices> {
    let mut choices = BTreeMap::new();
    for (place, one) in said.iter().enumerate() {
        let wrong = |reason, message: &str| Error::invalid(format!("choices[{place}]"), reason, message);
        let Some(field) = merge::fields().find(|field| *field == one.field) else {
            let message = format!("may only name: {}", merge::fields().collect::<Vec<_>>().join(", "));
            return Err(wrong("FIELD_UNKNOWN", &message));
        };
        let choice = match one.choice() {
            MergeChoice::Unspecified => continue,
            MergeChoice::Survivor => Choice::Survivor,
            MergeChoice::Absorbed => Choice::Absorbed,
            MergeChoice::Both if merge::is_list(field) => Choice::Both,
            MergeChoice::Both => return Err(wrong("CHOICE_NOT_LIST", "asks for both of a field that holds one value")),
        };
        if choices.insert(field, choice).is_some() {
            return Err(wrong("FIELD_TWICE", "names a field that stands in another place already"));
        }
    }
    Ok(choices)
}
