//! A person is forgotten: their applications go with everything that belongs to them. Nothing is sent; what was planned
//! is not done any more, and interviewers' time is free again. What was counted of them elsewhere names nobody and stays.

use chassis::{Result, TenantTx};
use usher_proto::{ats::v1::TaskCompleted, privacy::v1::ErasedStore};

use super::task_told;
use crate::{
    domain::{CandidateId, task::Task},
    store,
};

pub async fn run(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ErasedStore>> {
    outbox::erasure::begin(tx, candidate.0).await?;
    forget(tx, candidate).await
}

/// Of somebody who is marked as forgotten; for [`run`], and for what comes to them late.
pub async fn forget(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ErasedStore>> {
    store::subjects::hold(tx, candidate).await?;
    let open = store::tasks::open_of_candidate(tx, candidate).await?;
    let mut stores = store::subjects::erase(tx, candidate).await?;
    stores.extend(outbox::erasure::forget(tx, &[candidate.to_string()], "").await?);
    for task in open {
        gone(tx, task).await?;
    }
    Ok(stores)
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
