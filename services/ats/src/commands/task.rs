//! Somebody takes a task, gives it back or to somebody, puts it aside, or has done it.

use chassis::{Error, Result, TenantTx, wire};
use chrono::TimeDelta;
use usher_proto::ats::v1::{
    AssignTaskRequest, ClaimTaskRequest, CompleteTaskRequest, ReleaseTaskRequest, SnoozeTaskRequest,
};

use super::task_told;
use crate::{
    domain::task::{Step, Task},
    store,
};

/// The furthest that a task can be put aside.
const LONGEST: TimeDelta = TimeDelta::days(366);

pub async fn claim(tx: &mut TenantTx, request: ClaimTaskRequest) -> Result<Task> {
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    change(tx, &request.task_id, &request.etag, |task| task.claim(&actor, request.take_over, now)).await
}

/// `anybodys` for those who may give back others' claims.
pub async fn release(tx: &mut TenantTx, request: ReleaseTaskRequest, anybodys: bool) -> Result<Task> {
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    change(tx, &request.task_id, &request.etag, |task| task.release(&actor, anybodys, now)).await
}

pub async fn assign(tx: &mut TenantTx, request: AssignTaskRequest) -> Result<Task> {
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let assignee = match request.assignee.as_str() {
        "" => None,
        "me" => Some(actor.to_string()),
        user => Some(user.to_owned()),
    };
    change(tx, &request.task_id, &request.etag, |task| task.assign(assignee, &actor, request.reassign, now)).await
}

pub async fn snooze(tx: &mut TenantTx, request: SnoozeTaskRequest) -> Result<Task> {
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let until = wire::required_instant("until_time", request.until_time.as_ref())?;
    if until <= now || until > now + LONGEST {
        return Err(Error::invalid("until_time", "SNOOZE_TIME", "must lie in the future, at most a year away"));
    }
    change(tx, &request.task_id, &request.etag, |task| task.snooze(until, &actor, now)).await
}

pub async fn complete(tx: &mut TenantTx, request: CompleteTaskRequest) -> Result<Task> {
    let mut task = store::tasks::lock(tx, wire::id("task_id", &request.task_id)?).await?;
    let before = task.clone();
    task.complete(&tx.ctx().actor.clone(), tx.now())?;
    wire::check_etag(&request.etag, before.version)?;
    task_told::completed(tx, &before, &task).await?;
    Ok(task)
}

async fn change(
    tx: &mut TenantTx,
    id: &str,
    etag: &str,
    act: impl FnOnce(&mut Task) -> Result<Option<Step>>,
) -> Result<Task> {
    let mut task = store::tasks::lock(tx, wire::id("task_id", id)?).await?;
    let before = task.clone();
    // Before the etag is looked at: who has it says more than that it has changed.
    let step = act(&mut task)?;
    wire::check_etag(etag, before.version)?;
    if step.is_some() {
        task_told::changed(tx, &before, &task).await?;
    }
    Ok(task)
}
