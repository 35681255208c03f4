//! Reads.

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page, optional_id},
};
use usher_proto::ats::v1::{ListApplicationsRequest, ListInterviewsRequest, ListJobsRequest, ListTasksRequest};

use crate::{
    domain::{application::Application, interview::Interview, job::Job, task::Task},
    store,
};

/// One page of jobs, and the token of the next.
pub async fn list_jobs(tx: &mut TenantTx, request: &ListJobsRequest) -> Result<(Vec<Job>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let jobs = store::jobs::list(tx, &page, request.state()).await?;
    Ok(page.cut(jobs, |job| Cursor { time: job.create_time, id: job.id.0 }))
}

/// One page of applications, and the token of the next.
pub async fn list_applications(
    tx: &mut TenantTx,
    request: &ListApplicationsRequest,
) -> Result<(Vec<Application>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let job = optional_id("job_id", &request.job_id)?;
    let candidate = optional_id("candidate_id", &request.candidate_id)?;
    let applications = store::applications::list(tx, &page, job, candidate).await?;
    Ok(page.cut(applications, |application| Cursor { time: application.create_time, id: application.id.0 }))
}

/// One page of interviews, and the token of the next.
pub async fn list_interviews(tx: &mut TenantTx, request: &ListInterviewsRequest) -> Result<(Vec<Interview>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let application = optional_id("application_id", &request.application_id)?;
    let candidate = optional_id("candidate_id", &request.candidate_id)?;
    let interviews = store::interviews::list(tx, &page, application, candidate).await?;
    Ok(page.cut(interviews, |interview| Cursor { time: interview.start_time, id: interview.id.0 }))
}

/// One page of the workbench, and the token of the next.
pub async fn list_tasks(tx: &mut TenantTx, request: &ListTasksRequest) -> Result<(Vec<Task>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let candidate = optional_id("candidate_id", &request.candidate_id)?;
    let tasks = store::tasks::list(tx, &page, candidate, request.show_done).await?;
    Ok(page.cut(tasks, |task| Cursor { time: task.due_time, id: task.id.0 }))
}
