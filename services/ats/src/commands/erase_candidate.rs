//! A person is forgotten: their applications go with everything that belongs to them. Nothing is sent; what was planned
//! is not done any more, and interviewers' time is free again. What was counted of them elsewhere names nobody and stays.

use chassis::{Result, TenantTx};
use usher_proto::{ats::v1::TaskCompleted, privacy::v1::ErasedStore};

use super::{follow_merge, task_told};
use crate::{
    domain::{CandidateId, task::Task},
    store,
};

/// The answer is how much there was, and the words by which it is found elsewhere.
pub async fn run(tx: &mut TenantTx, candidate: CandidateId) -> Result<(Vec<ErasedStore>, Vec<String>)> {
    outbox::erasure::begin(tx, candidate.0).await?;
    forget(tx, candidate).await
}

/// Of somebody who is marked as forgotten; for [`run`], and for what comes to them late.
pub async fn forget(tx: &mut TenantTx, candidate: CandidateId) -> Result<(Vec<ErasedStore>, Vec<String>)> {
    store::subjects::hold(tx, candidate).await?;
    let open = store::tasks::open_about(tx, candidate).await?;
    let parting = follow_merge::Parting::of(tx, candidate).await?;
    // What was said of an application while two were one names whoever stood for them.
    let applications = store::subjects::applications(tx, candidate).await?;
    let words: Vec<String> =
        std::iter::once(candidate.to_string()).chain(applications.iter().map(ToString::to_string)).collect();
    let mut stores = store::subjects::erase(tx, candidate).await?;
    stores.extend(outbox::erasure::forget(tx, &words, "").await?);
    for task in open {
        gone(tx, task).await?;
    }
    // Last, so that what is told of those who stay is not forgotten with them.
    follow_merge::parted(tx, parting).await?;
    Ok((stores, words))
}

/// Whoever watches the workbench hears that a task is no more there, and nothing of whom it was about.
async fn gone(tx: &mut TenantTx, before: Task) -> Result<()> {
    let mut task = before.clone();
    task.settle(tx.now())?;
    let mut shown = task_told::shown(&task);
    for word in [
        &mut shown.candidate_id,
        &mut shown.application_id,
        &mut shown.interview_id,
        &mut shown.why,
        &mut shown.suggestion,
    ] {
        word.clear();
    }
    shown.action = None;
    let completed = TaskCompleted {
        task_id: task.id.to_string(),
        candidate_id: String::new(),
        actor: task.last.actor.clone(),
        task: Some(shown),
        from_state: before.state.into(),
        from_holder: before.holder().unwrap_or_default().to_owned(),
    };
    outbox::append(tx, task.id, &completed).await?;
    Ok(())
}
