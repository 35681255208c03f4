//! Somebody takes a task, or has done it.

use chassis::{Result, TenantTx, wire};

use super::say;
use crate::{domain::task::Task, store};

pub async fn claim(tx: &mut TenantTx, id: &str) -> Result<Task> {
    let mut task = store::tasks::lock(tx, wire::id("task_id", id)?).await?;
    task.claim(&tx.ctx().actor.clone(), tx.now())?;
    store::tasks::update(tx, &task, None).await?;
    Ok(task)
}

pub async fn complete(tx: &mut TenantTx, id: &str) -> Result<Task> {
    let mut task = store::tasks::lock(tx, wire::id("task_id", id)?).await?;
    let actor = tx.ctx().actor.clone();
    task.complete(&actor)?;
    say::complete(tx, task, &actor).await
}
