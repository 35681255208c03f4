//! A job takes no more applications.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{CloseJobRequest, JobClosed, JobState};

use crate::{domain::job::Job, store};

pub async fn run(tx: &mut TenantTx, request: CloseJobRequest) -> Result<Job> {
    let mut job = store::jobs::lock(tx, wire::id("job_id", &request.job_id)?).await?;
    job.go(JobState::Closed, tx.now())?;
    store::jobs::update(tx, &job).await?;
    let closed = JobClosed { job_id: job.id.to_string(), reason: request.reason };
    outbox::append(tx, job.id, &closed).await?;
    Ok(job)
}
