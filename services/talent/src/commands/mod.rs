//! One file per verb: load, decide, save, append the event, in the transaction handed in.

pub mod add_resume;
pub mod add_tags;
pub mod begin_watch;
pub mod campaigns;
pub mod create_candidate;
pub mod delete_resume;
pub mod external;
pub mod find_duplicates;
pub mod forget_gone;
pub mod hold_against;
mod import_batch;
pub mod import_candidates;
pub mod keep_brief;
pub mod keep_engagement;
pub mod keep_tags;
pub mod lift_tombstone;
pub mod merge_candidates;
pub mod note_duplicates;
mod profile;
pub mod record_consent;
pub mod record_timeline_entries;
pub mod remove_tag;
pub mod request_erasure;
pub mod review_duplicate;
pub mod rotate_key;
pub mod save_search;
pub mod undo_import;
mod undo_people;
pub mod unmerge_candidates;
pub mod update_candidate;
pub mod update_synonyms;

use chassis::{Error, Result, TenantTx};
use usher_proto::talent::v1::{CandidateCreated, CandidateUpdated, TagName};

use crate::{
    domain::{
        candidate::{Candidate, Profile},
        tag::Tag,
    },
    keys::TenantKey,
    store::contact_points,
};

/// Why a contact point could not be given to somebody.
pub const CANDIDATE_EXISTS: &str = "CANDIDATE_EXISTS";

fn created(candidate: &Candidate) -> CandidateCreated {
    CandidateCreated {
        candidate_id: candidate.id.to_string(),
        source: candidate.source.clone(),
        language: candidate.profile.language.into(),
    }
}

fn updated(before: &Profile, after: &Candidate) -> CandidateUpdated {
    CandidateUpdated {
        candidate_id: after.id.to_string(),
        changed_fields: before.changed(&after.profile).into_iter().map(str::to_owned).collect(),
    }
}

fn tag_name(tag: &Tag) -> TagName {
    TagName { dimension: tag.dimension.into(), name: tag.name.clone() }
}

/// Why a person's contact points could not be saved: somebody has one of them.
async fn taken(tx: &mut TenantTx, key: &TenantKey, candidate: &Candidate) -> Result<Error> {
    let contacts = candidate.profile.contacts().collect();
    let owners = contact_points::owners(tx, key, &contacts).await?;
    let error = Error::already_exists(CANDIDATE_EXISTS, "a candidate with one of these contact points exists");
    Ok(match owners.into_iter().find(|owner| *owner != candidate.id) {
        Some(owner) => error.with("candidate_id", owner).hint("the metadata names the candidate"),
        None => error,
    })
}
