//! Talent has made one of two people, or two of one: applications follow, with everything that belongs to them.
//!
//! Each application remembers for whom it was made. So the same one goes back when a merge is undone, whatever has happened
//! with it since, and one that was made in the absorbed one's name after the merge goes back as well. What goes back to
//! somebody who is forgotten by then goes as they did.

use chassis::{Result, TenantTx, wire};
use outbox::merging::{self, Move};
use usher_proto::{
    ats::v1::{ApplicationReassigned, TaskKind},
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use super::{erase_candidate, say, task_told};
use crate::{
    domain::{CandidateId, application::ApplicationId},
    store::{self, reassignments},
};

pub async fn merged(tx: &mut TenantTx, said: &CandidatesMerged) -> Result<()> {
    let absorbed: CandidateId = wire::id("absorbed_id", &said.absorbed_id)?;
    let survivor: CandidateId = wire::id("survivor_id", &said.survivor_id)?;
    match merging::join(tx, absorbed.0, survivor.0).await? {
        Some(applications) => reassign(tx, applications).await,
        None => Ok(()),
    }
}

pub async fn unmerged(tx: &mut TenantTx, said: &CandidatesUnmerged) -> Result<()> {
    let absorbed: CandidateId = wire::id("absorbed_id", &said.absorbed_id)?;
    let survivor: CandidateId = wire::id("survivor_id", &said.survivor_id)?;
    let applications = merging::part(tx, absorbed.0, survivor.0).await?;
    reassign(tx, applications).await?;
    if outbox::erasure::is_erased(tx, absorbed.0).await? {
        erase_candidate::forget(tx, absorbed).await?;
    }
    Ok(())
}

/// What a person who is forgotten leaves to those with whom they were merged.
pub struct Parting {
    candidate: CandidateId,
    /// Who stood for them.
    root: CandidateId,
    freed: Vec<Move>,
}

impl Parting {
    /// To be asked before they are forgotten.
    pub async fn of(tx: &mut TenantTx, candidate: CandidateId) -> Result<Self> {
        let root = CandidateId(merging::stands_for(tx, candidate.0).await?);
        Ok(Self { candidate, root, freed: merging::freed(tx, candidate.0).await? })
    }
}

/// Somebody is forgotten. Whoever was part of them has what was made for them; whoever stood for them has no longer what
/// was made for the forgotten one.
pub async fn parted(tx: &mut TenantTx, Parting { candidate, root, freed }: Parting) -> Result<()> {
    for one in freed {
        reassign(tx, one).await?;
    }
    if root != candidate {
        reassign(tx, Move { from: root.0, made_for: Vec::new(), to: root.0 }).await?;
        ended(tx, root).await?;
    }
    Ok(())
}

/// Gives one person's applications that were made for some to another person, and what is to be done about news of those.
async fn reassign(tx: &mut TenantTx, Move { from, made_for, to }: Move) -> Result<()> {
    let (from, to) = (CandidateId(from), CandidateId(to));
    // Nobody hears any more of somebody who is forgotten.
    let was_of = if outbox::erasure::is_erased(tx, from.0).await? { None } else { Some(from) };
    let held = reassignments::lock(tx, from, &made_for).await?;
    let ids: Vec<ApplicationId> = held.iter().map(|one| one.application_id).collect();
    if !held.is_empty() {
        reassignments::reassign(tx, &ids, to).await?;
    }
    let mut tasks = reassignments::reassign_tasks(tx, &ids, to).await?;
    tasks.extend(reassignments::reassign_news(tx, from, &made_for, to).await?);
    for id in tasks {
        let mut task = store::tasks::lock(tx, id).await?;
        let mut before = task.clone();
        before.about.candidate_id = was_of.unwrap_or(to);
        task.renew(tx.now());
        task_told::changed(tx, &before, &task).await?;
    }
    if held.is_empty() {
        return Ok(());
    }
    for one in &held {
        let event = ApplicationReassigned {
            application_id: one.application_id.to_string(),
            job_id: one.job_id.to_string(),
            from_candidate_id: was_of.map(|id| id.to_string()).unwrap_or_default(),
            candidate_id: to.to_string(),
            origin_candidate_id: one.made_for.to_string(),
        };
        outbox::append(tx, one.application_id, &event).await?;
    }
    settle_clashes(tx, from).await?;
    settle_clashes(tx, to).await
}

/// An application of somebody has ended, perhaps one of two.
pub async fn ended(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    if reassignments::has_clashes(tx, candidate).await? { settle_clashes(tx, candidate).await } else { Ok(()) }
}

/// Asks a person to end one of two applications for one job, and asks no more where there are no longer two.
async fn settle_clashes(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    let clashing = reassignments::settle_clashes(tx, candidate).await?;
    for id in reassignments::asked_to_end(tx, candidate).await? {
        if !clashing.contains(&id) {
            let application = store::applications::get(tx, id).await?;
            say::settle(tx, &application, &[TaskKind::AppliedTwice]).await?;
        }
    }
    for id in clashing {
        let application = store::applications::get(tx, id).await?;
        let why = "Two entries of this person were merged, and both are live for this job.".to_owned();
        let suggestion = "End one of the two applications; what is said of the person is in both.";
        let due = tx.now();
        say::task(tx, TaskKind::AppliedTwice, &application, due, why, suggestion).await?;
    }
    Ok(())
}
