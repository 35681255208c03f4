//! A job takes no applications until it is opened again.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{HoldJobRequest, JobHeld, JobState};

use crate::{domain::job::Job, store};

pub async fn run(tx: &mut TenantTx, request: HoldJobRequest) -> Result<Job> {
    let mut job = store::jobs::lock(tx, wire::id("job_id", &request.job_id)?).await?;
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = job.go(JobState::OnHold, actor, request.reason.clone(), now)?;
    store::jobs::go(tx, &job, &step).await?;
    let held = JobHeld { job_id: job.id.to_string(), reason: request.reason };
    outbox::append(tx, job.id, &held).await?;
    Ok(job)
}
