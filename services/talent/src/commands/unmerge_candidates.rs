//! A merge is undone.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{CandidatesUnmerged, UnmergeCandidatesRequest};

use super::{
    campaigns,
    merge_candidates::{changed, marks, settle},
};
use crate::{
    domain::{
        candidate::Candidate,
        merge::{self, Merge, MergeId, Undone},
    },
    keys::TenantKey,
    store,
};

/// Why the pair of the two is dismissed afterwards.
const UNMERGED: &str = "unmerged";

/// Makes two of one again. The answer is the merge, the survivor and the absorbed one.
pub async fn run(
    tx: &mut TenantTx,
    key: &TenantKey,
    request: UnmergeCandidatesRequest,
) -> Result<(Merge, Candidate, Candidate)> {
    let id: MergeId = wire::id("merge_id", &request.merge_id)?;
    let known = store::merges::get(tx, id).await?;
    let (survivor, absorbed) = store::candidates::lock_two(tx, key, [known.survivor, known.absorbed]).await?;
    // Read again: whoever undoes it holds both people.
    let merge = store::merges::get(tx, id).await?;
    must_be_last(tx, &merge).await?;

    let marked = marks(key, &survivor.profile)?.into_iter().zip(survivor.profile.contacts()).collect::<Vec<_>>();
    let (ours, theirs) = merge::returned(&merge.record, &marked);
    let mut profile = merge::undo(&merge.record.before, &merge.record.after, &survivor.profile);
    merge::set_contacts(&mut profile, ours);
    let survivor_after = changed(tx, &survivor, profile);
    let mut profile = absorbed.profile.clone();
    merge::set_contacts(&mut profile, theirs);
    let absorbed_after = changed(tx, &absorbed, profile);

    let after = [(survivor.profile, survivor_after.clone()), (absorbed.profile, absorbed_after.clone())];
    if !store::candidates::update(tx, key, &after).await? {
        return Err(Error::aborted("CONCURRENT_CHANGE", "somebody else changed one of them; repeat it"));
    }
    let undone = Undone { actor: tx.ctx().actor.to_string(), time: tx.now() };
    store::merges::undo(tx, id, &undone).await?;
    store::merges::part(tx, absorbed_after.id).await?;
    for one in [&survivor_after, &absorbed_after] {
        campaigns::unite::run(tx, one.id).await?;
    }
    settle(tx, &survivor_after, &absorbed_after, |pair, actor, now| pair.dismiss(UNMERGED, actor, now)).await?;
    let event = CandidatesUnmerged {
        survivor_id: merge.survivor.to_string(),
        absorbed_id: merge.absorbed.to_string(),
        merge_id: id.to_string(),
    };
    outbox::append(tx, merge.survivor, &event).await?;
    Ok((Merge { undone: Some(undone), ..merge }, survivor_after, absorbed_after))
}

/// What a merge has made of a person is what the next one found, so the last one is undone first.
async fn must_be_last(tx: &mut TenantTx, merge: &Merge) -> Result<()> {
    if merge.undone.is_some() {
        return Err(Error::failed_precondition("MERGE_UNDONE", "this merge is undone already"));
    }
    match store::merges::last_of(tx, merge.survivor).await? {
        Some(last) if last != merge.id => {
            let message = "a later merge builds on this one; undo that one first";
            Err(Error::failed_precondition("MERGE_NOT_LAST", message).with("merge_id", last))
        }
        _ => Ok(()),
    }
}
