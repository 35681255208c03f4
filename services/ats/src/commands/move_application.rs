//! An application changes its stage.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{ApplicationMoved, ApplicationState, MoveApplicationRequest};

use crate::{domain::application::Application, store};

pub async fn run(tx: &mut TenantTx, request: MoveApplicationRequest) -> Result<Application> {
    let mut application = store::applications::lock(tx, wire::id("application_id", &request.application_id)?).await?;
    wire::check_etag(&request.etag, application.version)?;
    application.must_be_live()?;
    store::jobs::get(tx, application.job_id).await?.must_have(&request.to_stage)?;
    if application.stage == request.to_stage {
        return Ok(application);
    }
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = application.go(&request.to_stage, ApplicationState::Active, actor, request.reason, now)?;
    store::applications::go(tx, &application, &step).await?;
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
