//! The time until which a task was put aside has come.

use chassis::{Result, TenantTx};

use super::task_told;
use crate::{
    domain::{task::TaskId, timer::TimerKind},
    store,
};

/// Puts it into the list again, once: the timer is spent in this transaction. False when there was nothing to do, or
/// somebody else is at the task just now.
pub async fn run(tx: &mut TenantTx, id: TaskId) -> Result<bool> {
    let Some(mut task) = store::tasks::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::Wake).await? {
        return Ok(false);
    }
    let before = task.clone();
    if task.wake(tx.now())?.is_some() {
        task_told::changed(tx, &before, &task).await?;
    }
    Ok(true)
}
