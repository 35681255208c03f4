//! An application changes its stage.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{ApplicationMoved, ApplicationState, MoveApplicationRequest, TaskKind};

use super::say;
use crate::{
    domain::application::{Application, ApplicationId},
    store,
};

pub async fn run(tx: &mut TenantTx, request: MoveApplicationRequest) -> Result<Application> {
    let id = wire::id("application_id", &request.application_id)?;
    go(tx, id, &request.etag, &request.to_stage, request.reason).await
}

/// One application goes to a stage of its job.
pub async fn go(
    tx: &mut TenantTx,
    id: ApplicationId,
    etag: &str,
    to_stage: &str,
    reason: String,
) -> Result<Application> {
    let mut application = store::applications::lock(tx, id).await?;
    wire::check_etag(etag, application.version)?;
    application.must_be_live()?;
    // So that the stage is still there when this commits.
    let job = store::jobs::hold_still(tx, application.job_id).await?;
    job.must_have(to_stage)?;
    if application.stage == to_stage {
        return Ok(application);
    }
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = application.go(to_stage, ApplicationState::Active, actor, reason, now)?;
    store::applications::go(tx, &application, &step).await?;
    say::watch_stage(tx, &job, std::slice::from_ref(&application)).await?;
    say::settle(tx, &application, &[TaskKind::StageOverdue]).await?;
    let moved = ApplicationMoved {
        application_id: application.id.to_string(),
        job_id: application.job_id.to_string(),
        candidate_id: application.candidate_id.to_string(),
        from_stage: step.from_stage,
        to_stage: step.to_stage,
    };
    outbox::append(tx, application.id, &moved).await?;
    Ok(application)
}
