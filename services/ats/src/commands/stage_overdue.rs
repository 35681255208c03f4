//! An application has stood in its stage for longer than the stage's service level.

use chassis::{Result, TenantTx};
use usher_proto::ats::v1::{ApplicationState, TaskKind};

use super::say;
use crate::{
    domain::{application::ApplicationId, timer::TimerKind},
    store,
};

/// Tells somebody, once: the timer is spent in this transaction. False when there was nothing to do, or somebody else is
/// at the application just now.
pub async fn run(tx: &mut TenantTx, id: ApplicationId) -> Result<bool> {
    let Some(application) = store::applications::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::StageOverdue).await? {
        return Ok(false);
    }
    let job = store::jobs::get(tx, application.job_id).await?;
    let Some(due) = job.overdue(&application.stage, application.stage_time) else { return Ok(true) };
    if application.state != ApplicationState::Active || due > tx.now() {
        return Ok(true);
    }
    let stage = job.stage(&application.stage).map_or(application.stage.as_str(), |stage| &stage.display_name);
    let hours = (due - application.stage_time).num_hours();
    let why = format!("The application has stood in {stage} for {hours} hours, the longest that was agreed for it.");
    say::task(
        tx,
        TaskKind::StageOverdue,
        &application,
        due,
        why,
        "Move it on, reject it, or tell the candidate why it takes longer.",
    )
    .await?;
    Ok(true)
}
