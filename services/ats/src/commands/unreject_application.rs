//! A rejection is taken back.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{ApplicationState, ApplicationUnrejected, UnrejectApplicationRequest};

use super::{say, turn};
use crate::{domain::application::Application, store};

pub async fn run(tx: &mut TenantTx, request: UnrejectApplicationRequest) -> Result<Application> {
    let mut application = store::applications::lock(tx, wire::id("application_id", &request.application_id)?).await?;
    wire::check_etag(&request.etag, application.version)?;
    application.must_be_rejected()?;
    let job = store::jobs::hold_still(tx, application.job_id).await?;
    job.must_be_open()?;
    let stage = if request.to_stage.is_empty() { application.stage.clone() } else { request.to_stage };
    job.must_have(&stage)?;
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = application.go(&stage, ApplicationState::Active, actor, request.reason, now)?;
    store::applications::go(tx, &application, &step).await?;
    say::watch_stage(tx, &job, std::slice::from_ref(&application)).await?;
    let unrejected = ApplicationUnrejected {
        application_id: application.id.to_string(),
        job_id: application.job_id.to_string(),
        candidate_id: application.candidate_id.to_string(),
        stage,
    };
    outbox::append(tx, application.id, &unrejected).await?;
    turn::begin(tx, application.id).await?;
    Ok(application)
}
