//! A job takes no more applications.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{CloseJobRequest, JobClosed, JobState, TaskKind};

use super::say;
use crate::{
    domain::{application::Application, job::Job, task::Task},
    store,
};

pub async fn run(tx: &mut TenantTx, request: CloseJobRequest) -> Result<Job> {
    let mut job = store::jobs::lock(tx, wire::id("job_id", &request.job_id)?).await?;
    close(tx, &mut job, request.reason).await?;
    Ok(job)
}

/// Closes a locked job, and asks the team to tell whoever is still live on it.
pub async fn close(tx: &mut TenantTx, job: &mut Job, reason: String) -> Result<()> {
    let why = "The job was closed while this application was live; the candidate waits for a word.";
    close_saying(tx, job, reason, why).await
}

/// As [`close`], with other words for the team.
pub async fn close_saying(tx: &mut TenantTx, job: &mut Job, reason: String, why: &str) -> Result<()> {
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = job.go(JobState::Closed, actor, reason, now)?;
    store::jobs::go(tx, job, &step).await?;
    let waiting = store::applications::live_on(tx, job.id).await?;
    let tell = |application: &Application| {
        let suggestion = "Tell them the outcome, and suggest another job where one fits.";
        Task::new(TaskKind::TellJobClosed, application, now, why.to_owned(), suggestion, now)
    };
    say::tasks(tx, waiting.iter().map(tell).collect()).await?;
    let closed = JobClosed { job_id: job.id.to_string(), reason: step.reason };
    outbox::append(tx, job.id, &closed).await?;
    Ok(())
}
