//! Reads.

pub mod cadences;
pub mod calendars;

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page, id, instant, optional_id},
};
use usher_proto::ats::v1::{
    GetApplicationRequest, ListApplicationsRequest, ListInterviewsRequest, ListJobsRequest, ListOffersRequest,
    ListOnboardingsRequest, ListTasksRequest,
};

use crate::{
    domain::{
        application::{Application, Transition},
        interview::Interview,
        job::Job,
        offer::Offer,
        onboarding::Onboarding,
        task::Task,
    },
    store::{self, applications::Filter},
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
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let candidate = optional_id("candidate_id", &request.candidate_id)?;
    let tasks = store::tasks::list(tx, &page, candidate, request.show_done).await?;
    Ok(page.cut(tasks, |task| Cursor { time: task.due_time, id: task.id.0 }))
}

/// One page of offers, and the token of the next.
pub async fn list_offers(tx: &mut TenantTx, request: &ListOffersRequest) -> Result<(Vec<Offer>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let application = optional_id("application_id", &request.application_id)?;
    let offers = store::offers::list(tx, &page, application, request.state()).await?;
    Ok(page.cut(offers, |offer| Cursor { time: offer.create_time, id: offer.id.0 }))
}

/// One page of onboardings, and the token of the next.
pub async fn list_onboardings(
    tx: &mut TenantTx,
    request: &ListOnboardingsRequest,
) -> Result<(Vec<Onboarding>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let application = optional_id("application_id", &request.application_id)?;
    let onboardings = store::onboardings::list(tx, &page, application, request.only_open).await?;
    Ok(page.cut(onboardings, |onboarding| Cursor { time: onboarding.create_time, id: onboarding.id.0 }))
}
