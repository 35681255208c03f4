//! Reads.

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page, id, instant, optional_id},
};
use usher_proto::ats::v1::{
    GetApplicationRequest, ListApplicationsRequest, ListInterviewsRequest, ListJobsRequest, ListTasksRequest, TaskView,
};

use crate::{
    domain::{
        application::{Application, Transition},
        interview::Interview,
        job::Job,
        task::{Step, Task, TaskId},
        workbench,
    },
    store::{self, applications::Filter},
};

/// As many briefs as talent gives at once.
pub const BRIEFS: usize = 50;

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
    let filter = Filter {
        job: optional_id("job_id", &request.job_id)?,
        candidate: optional_id("candidate_id", &request.candidate_id)?,
        state: request.state(),
        stage: request.stage.clone(),
    };
    let applications = match &request.read_time {
        None => store::applications::list(tx, &page, &filter).await?,
        Some(time) => store::applications::list_at(tx, &page, &filter, instant("read_time", time)?).await?,
    };
    Ok(page.cut(applications, |application| Cursor { time: application.create_time, id: application.id.0 }))
}

/// One application with its steps, now or as it was at an instant.
pub async fn application(tx: &mut TenantTx, request: &GetApplicationRequest) -> Result<(Application, Vec<Transition>)> {
    let application = store::applications::get(tx, id("application_id", &request.application_id)?).await?;
    let until = request.read_time.as_ref().map(|time| instant("read_time", time)).transpose()?;
    let steps = store::applications::transitions(tx, application.id, until).await?;
    let application = if until.is_some() { application.at(&steps) } else { Some(application) };
    Ok((application.ok_or_else(store::applications::not_found)?, steps))
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
    let mut page = Page::of(request.page_size, 50, &request.page_token)?;
    if request.view() == TaskView::Full {
        page.size = page.size.min(BRIEFS);
    }
    let mut filter = workbench::Filter::read(request.filter.as_ref(), &tx.ctx().actor.clone())?;
    if let Some(candidate) = optional_id("candidate_id", &request.candidate_id)? {
        filter.candidate = Some(candidate);
    }
    let tasks = store::tasks::list(tx, &page, &filter, request.show_done).await?;
    Ok(page.cut(tasks, |task| Cursor { time: task.due_time, id: task.id.0 }))
}

/// The histories of tasks.
pub async fn steps(tx: &mut TenantTx, tasks: &[Task]) -> Result<Vec<(TaskId, Step)>> {
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    store::tasks::steps(tx, &ids).await
}
