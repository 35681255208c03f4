//! A job takes applications from now on.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{JobOpened, JobState, OpenJobRequest};

use crate::{domain::job::Job, store};

pub async fn run(tx: &mut TenantTx, request: OpenJobRequest) -> Result<Job> {
    let mut job = store::jobs::lock(tx, wire::id("job_id", &request.job_id)?).await?;
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = job.go(JobState::Open, actor, String::new(), now)?;
    store::jobs::go(tx, &job, &step).await?;
    let opened = JobOpened { job_id: job.id.to_string(), title: job.title.clone(), openings: job.openings };
    outbox::append(tx, job.id, &opened).await?;
    Ok(job)
}
