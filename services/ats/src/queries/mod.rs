//! Reads.

pub mod cadences;
pub mod calendars;

use std::collections::BTreeMap;

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page, id, instant, optional_id},
};
use usher_proto::ats::v1::{
    GetApplicationRequest, ListApplicationsRequest, ListInterviewsRequest, ListJobsRequest, ListOffersRequest,
    ListOnboardingsRequest, ListTasksRequest, TaskFilter, TaskView, Turn as Whose,
};

use crate::{
    domain::{
        CandidateId,
        application::{Application, ApplicationId, Transition},
        interview::Interview,
        job::Job,
        offer::Offer,
        onboarding::Onboarding,
        task::{Step, Task, TaskId},
        turn::Turn,
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

/// Whose turn it is in an application, and for how long the candidate has waited for us.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    pub turn: Turn,
    pub working_days: u32,
}

/// Whose turn it is in each of these that is live.
pub async fn waiting(tx: &mut TenantTx, ids: &[ApplicationId]) -> Result<BTreeMap<ApplicationId, Waiting>> {
    let now = tx.now();
    let turns = store::turns::of(tx, ids).await?;
    if turns.is_empty() {
        return Ok(BTreeMap::new());
    }
    let calendar = store::settings::get(tx).await?.calendar;
    let waiting = |(id, turn): (ApplicationId, Turn)| {
        let ours = turn.whose == Whose::Host;
        let working_days = if ours { calendar.working_days_between(turn.since, now) } else { 0 };
        (id, Waiting { turn, working_days })
    };
    Ok(turns.into_iter().map(waiting).collect())
}

/// One page of applications, whose turn it is in them, and the token of the next page.
pub async fn list_applications(
    tx: &mut TenantTx,
    request: &ListApplicationsRequest,
) -> Result<(Vec<Application>, BTreeMap<ApplicationId, Waiting>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let longest_first = request.order_by == "turn_since";
    if longest_first && request.turn() == Whose::Unspecified {
        let hint = "must be set, such as TURN_HOST, to list who waits longest";
        return Err(Error::invalid("turn", "ORDER_NEEDS_TURN", hint));
    }
    if request.turn() != Whose::Unspecified && request.read_time.is_some() {
        let hint = "must be unset with turn: nobody keeps whose turn it once was";
        return Err(Error::invalid("read_time", "READ_TIME_WITH_TURN", hint));
    }
    let candidate = standing(tx, &request.candidate_id).await?;
    let filter = Filter {
        job: optional_id("job_id", &request.job_id)?,
        candidate,
        state: request.state(),
        stage: request.stage.clone(),
        turn: request.turn(),
    };
    let applications = match &request.read_time {
        None if longest_first => store::applications::list_waiting(tx, &page, &filter).await?,
        None => store::applications::list(tx, &page, &filter).await?,
        Some(time) => store::applications::list_at(tx, &page, &filter, instant("read_time", time)?).await?,
    };
    let ids: Vec<ApplicationId> = applications.iter().map(|application| application.id).collect();
    let waiting = if request.read_time.is_none() { waiting(tx, &ids).await? } else { BTreeMap::new() };
    let (applications, next) = page.cut(applications, |application| {
        let since = waiting.get(&application.id).filter(|_| longest_first).map(|waiting| waiting.turn.since);
        Cursor { time: since.unwrap_or(application.create_time), id: application.id.0 }
    });
    Ok((applications, waiting, next))
}

/// One application with its steps, now or as it was at an instant.
pub async fn application(tx: &mut TenantTx, request: &GetApplicationRequest) -> Result<(Application, Vec<Transition>)> {
    let application = store::applications::get(tx, id("application_id", &request.application_id)?).await?;
    let until = request.read_time.as_ref().map(|time| instant("read_time", time)).transpose()?;
    let steps = store::applications::transitions(tx, application.id, until).await?;
    let application = if until.is_some() { application.at(&steps) } else { Some(application) };
    Ok((application.ok_or_else(store::applications::not_found)?, steps))
}

/// Who stands for the person whom a list is asked of; `None` when it is asked of nobody.
async fn standing(tx: &mut TenantTx, candidate: &str) -> Result<Option<CandidateId>> {
    match optional_id("candidate_id", candidate)? {
        Some(CandidateId(candidate)) => Ok(Some(CandidateId(outbox::merging::stands_for(tx, candidate).await?))),
        None => Ok(None),
    }
}

/// One page of interviews, and the token of the next.
pub async fn list_interviews(tx: &mut TenantTx, request: &ListInterviewsRequest) -> Result<(Vec<Interview>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let application = optional_id("application_id", &request.application_id)?;
    let candidate = standing(tx, &request.candidate_id).await?;
    let interviews = store::interviews::list(tx, &page, application, candidate).await?;
    Ok(page.cut(interviews, |interview| Cursor { time: interview.start_time, id: interview.id.0 }))
}

/// Which tasks somebody asks for; of a person who is part of another one, that one's.
pub async fn filter(tx: &mut TenantTx, said: Option<&TaskFilter>) -> Result<workbench::Filter> {
    let mut filter = workbench::Filter::read(said, &tx.ctx().actor.clone())?;
    if let Some(candidate) = filter.candidate {
        filter.candidate = Some(CandidateId(outbox::merging::stands_for(tx, candidate.0).await?));
    }
    Ok(filter)
}

/// One page of the workbench, and the token of the next.
pub async fn list_tasks(tx: &mut TenantTx, request: &ListTasksRequest) -> Result<(Vec<Task>, String)> {
    let mut page = Page::of(request.page_size, 50, &request.page_token)?;
    if request.view() == TaskView::Full {
        page.size = page.size.min(BRIEFS);
    }
    let mut filter = filter(tx, request.filter.as_ref()).await?;
    if let Some(candidate) = standing(tx, &request.candidate_id).await? {
        filter.candidate = Some(candidate);
    }
    let tasks = store::tasks::list(tx, &page, &filter, request.show_done).await?;
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

/// The histories of tasks.
pub async fn steps(tx: &mut TenantTx, tasks: &[Task]) -> Result<Vec<(TaskId, Step)>> {
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    store::tasks::steps(tx, &ids).await
}
