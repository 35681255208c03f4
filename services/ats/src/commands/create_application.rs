//! A person's way through a job begins.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{ApplicationCreated, ApplicationState, CreateApplicationRequest};

use super::{say, turn};
use crate::{
    domain::{
        CandidateId,
        application::{Application, ApplicationId, Transition},
    },
    store,
};

pub async fn run(tx: &mut TenantTx, request: CreateApplicationRequest) -> Result<Application> {
    let job = store::jobs::hold_still(tx, wire::id("job_id", &request.job_id)?).await?;
    job.must_be_open()?;
    let made_for: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    let candidate_id = CandidateId(outbox::merging::settled(tx, made_for.0).await?);
    outbox::erasure::refuse(tx, candidate_id.0).await?;
    if made_for != candidate_id {
        outbox::erasure::refuse(tx, made_for.0).await?;
    }
    let application = Application {
        id: ApplicationId::new(),
        job_id: job.id,
        candidate_id,
        stage: job.first_stage()?.key.clone(),
        state: ApplicationState::Active,
        source: request.source,
        version: 1,
        create_time: tx.now(),
        update_time: tx.now(),
        stage_time: tx.now(),
        clash_with: None,
    };
    store::applications::insert(tx, &application).await?;
    let origin = (made_for != candidate_id).then_some(made_for);
    if let Some(origin) = origin {
        store::reassignments::note_origin(tx, application.id, origin).await?;
    }
    let begin = Transition {
        version: 1,
        from_stage: String::new(),
        to_stage: application.stage.clone(),
        to_state: application.state,
        actor: tx.ctx().actor.clone(),
        reason: String::new(),
        time: tx.now(),
    };
    store::applications::insert_transition(tx, application.id, &begin).await?;
    say::watch_stage(tx, &job, std::slice::from_ref(&application)).await?;
    let created = ApplicationCreated {
        application_id: application.id.to_string(),
        job_id: job.id.to_string(),
        candidate_id: application.candidate_id.to_string(),
        stage: application.stage.clone(),
        source: application.source.clone(),
        job_title: job.title,
        origin_candidate_id: origin.map(|origin| origin.to_string()).unwrap_or_default(),
    };
    outbox::append(tx, application.id, &created).await?;
    turn::begin(tx, application.id).await?;
    Ok(application)
}
