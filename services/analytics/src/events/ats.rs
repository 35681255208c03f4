//! What ats says, as facts.

use chassis::Result;
use usher_proto::{
    ats::v1::{
        ApplicationCreated, ApplicationEnded, ApplicationMoved, ApplicationUnrejected, AttendanceRecorded,
        EmployerSilenceBreached, Hired, InterviewAnswered, InterviewCancelled, InterviewRescheduled,
        InterviewScheduled, JobClosed, JobOpened, NoShowExplained, OfferAnswered, OfferClosed, OfferSent,
        PastInterviewRemoved, Task, TaskChanged, TaskCompleted, TaskCreated,
    },
    eventlog::v1::Event,
};
use uuid::Uuid;

use super::reading::{code, id, instant, optional};
use crate::domain::{fact::Kind, told::Told};

pub fn facts(event: &Event) -> Result<Vec<Told>> {
    if event.source != "ats" {
        return Ok(Vec::new());
    }
    outbox::match_event!(event,
        ApplicationCreated(said) => created(event, said),
        ApplicationMoved(said) => moved(event, said),
        ApplicationEnded(said) => ended(event, said),
        ApplicationUnrejected(said) => unrejected(event, said),
        EmployerSilenceBreached(said) => silence(event, said),
        Hired(said) => hired(event, &said),
        InterviewScheduled(said) => scheduled(event, said),
        InterviewAnswered(said) => answered(event, &said),
        InterviewRescheduled(said) => rescheduled(event, &said),
        InterviewCancelled(said) => cancelled(event, &said),
        AttendanceRecorded(said) => attendance(event, said),
        NoShowExplained(said) => explained(event, &said),
        PastInterviewRemoved(said) => past_removed(event, &said),
        OfferSent(said) => offer_sent(event, &said),
        OfferAnswered(said) => offer_answered(event, &said),
        OfferClosed(said) => offer_closed(event, &said),
        JobOpened(said) => job_opened(event, &said),
        JobClosed(said) => job_closed(event, &said),
        TaskCreated(said) => task_created(event, said),
        TaskChanged(said) => task_changed(event, said),
        TaskCompleted(said) => task_completed(event, said),
    )
}

/// About an application, by those ids that its events bring.
fn application(event: &Event, kind: Kind, application: &str, job: &str, candidate: &str) -> Result<Told> {
    Told::new(event, kind, id("app", application)?)?.for_job(job)?.of(candidate)
}

fn created(event: &Event, said: ApplicationCreated) -> Result<Vec<Told>> {
    let told = application(event, Kind::Applied, &said.application_id, &said.job_id, &said.candidate_id)?;
    Ok(vec![told.with(|fact| (fact.stage, fact.origin) = (said.stage, said.source))])
}

fn moved(event: &Event, said: ApplicationMoved) -> Result<Vec<Told>> {
    let told = application(event, Kind::Moved, &said.application_id, &said.job_id, &said.candidate_id)?;
    Ok(vec![told.with(|fact| fact.stage = said.to_stage)])
}

fn ended(event: &Event, said: ApplicationEnded) -> Result<Vec<Told>> {
    let told = application(event, Kind::Ended, &said.application_id, &said.job_id, &said.candidate_id)?;
    Ok(vec![told.with(|fact| (fact.stage, fact.code, fact.flag) = (said.stage, code(said.state), said.by_candidate))])
}

fn unrejected(event: &Event, said: ApplicationUnrejected) -> Result<Vec<Told>> {
    let told = application(event, Kind::Unrejected, &said.application_id, &said.job_id, &said.candidate_id)?;
    Ok(vec![told.with(|fact| fact.stage = said.stage)])
}

fn silence(event: &Event, said: EmployerSilenceBreached) -> Result<Vec<Told>> {
    let since = instant("waiting_since", said.waiting_since.as_ref())?;
    let told = application(event, Kind::Silence, &said.application_id, &said.job_id, &said.candidate_id)?;
    Ok(vec![told.with(|fact| {
        (fact.stage, fact.reason, fact.number, fact.other_time) =
            (said.stage, code(said.reason), said.working_days, since);
    })])
}

/// Somebody hired is said of their application, and of the job that has one opening less.
fn hired(event: &Event, said: &Hired) -> Result<Vec<Told>> {
    let time = instant("hire_time", said.hire_time.as_ref())?;
    let of_application = application(event, Kind::Hired, &said.application_id, &said.job_id, &said.candidate_id)?;
    let application = of_application.fact.root;
    let at_time = |told: Told| told.with(|fact| fact.time = time.unwrap_or(fact.time));
    let mut told = vec![at_time(of_application)];
    if let Some(job) = optional("job", &said.job_id)? {
        let of_job = Told::new(event, Kind::Filled, job)?.for_job(&said.job_id)?;
        told.push(at_time(of_job.with(|fact| fact.subject = application)));
    }
    Ok(told)
}

/// About an interview: of the application that it belongs to, or by itself where it is from before Usher.
fn interview(event: &Event, kind: Kind, [interview, application, job, candidate]: [&str; 4]) -> Result<Told> {
    let interview = id("intv", interview)?;
    let root = optional("app", application)?.unwrap_or(interview);
    let told = Told::new(event, kind, root)?.for_job(job)?.of(candidate)?;
    Ok(told.with(|fact| fact.subject = interview))
}

fn scheduled(event: &Event, said: InterviewScheduled) -> Result<Vec<Told>> {
    let start = instant("start_time", said.start_time.as_ref())?;
    let ids = [&said.interview_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    Ok(vec![interview(event, Kind::Scheduled, ids)?.with(|fact| {
        (fact.stage, fact.number, fact.other_time, fact.time_zone) = (said.stage, said.attempt, start, said.time_zone);
    })])
}

fn answered(event: &Event, said: &InterviewAnswered) -> Result<Vec<Told>> {
    let start = instant("start_time", said.start_time.as_ref())?;
    let ids = [&said.interview_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    Ok(vec![interview(event, Kind::Answered, ids)?.with(|fact| {
        (fact.code, fact.reason, fact.other_time) = (code(said.answer), code(said.reason), start);
    })])
}

fn rescheduled(event: &Event, said: &InterviewRescheduled) -> Result<Vec<Told>> {
    let start = instant("start_time", said.start_time.as_ref())?;
    let ids = [&said.interview_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    Ok(vec![interview(event, Kind::Rescheduled, ids)?.with(|fact| fact.other_time = start)])
}

fn cancelled(event: &Event, said: &InterviewCancelled) -> Result<Vec<Told>> {
    let ids = [&said.interview_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    Ok(vec![interview(event, Kind::Cancelled, ids)?.with(|fact| fact.flag = said.in_time)])
}

fn attendance(event: &Event, said: AttendanceRecorded) -> Result<Vec<Told>> {
    let start = instant("start_time", said.start_time.as_ref())?;
    let ids = [&said.interview_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    Ok(vec![interview(event, Kind::Attendance, ids)?.with(|fact| {
        (fact.stage, fact.number, fact.other_time) = (said.stage, said.attempt, start);
        (fact.code, fact.reason, fact.flag) = (code(said.attendance), code(said.expected), said.historical);
    })])
}

fn explained(event: &Event, said: &NoShowExplained) -> Result<Vec<Told>> {
    let ids = [&said.interview_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    let told = interview(event, Kind::Explained, ids)?;
    Ok(vec![told.with(|fact| (fact.code, fact.reason) = (code(said.cause), code(said.failure)))])
}

fn past_removed(event: &Event, said: &PastInterviewRemoved) -> Result<Vec<Told>> {
    Ok(vec![interview(event, Kind::PastRemoved, [&said.interview_id, "", "", &said.candidate_id])?])
}

fn offer(event: &Event, kind: Kind, [offer, application, job, candidate]: [&str; 4]) -> Result<Told> {
    let offer = id("offer", offer)?;
    let told = self::application(event, kind, application, job, candidate)?;
    Ok(told.with(|fact| fact.subject = offer))
}

fn offer_sent(event: &Event, said: &OfferSent) -> Result<Vec<Told>> {
    let expires = instant("expire_time", said.expire_time.as_ref())?;
    let ids = [&said.offer_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    Ok(vec![offer(event, Kind::OfferSent, ids)?.with(|fact| fact.other_time = expires)])
}

fn offer_answered(event: &Event, said: &OfferAnswered) -> Result<Vec<Told>> {
    let ids = [&said.offer_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    let told = offer(event, Kind::OfferAnswered, ids)?;
    Ok(vec![told.with(|fact| (fact.code, fact.flag) = (code(said.answer), said.by_candidate))])
}

fn offer_closed(event: &Event, said: &OfferClosed) -> Result<Vec<Told>> {
    let ids = [&said.offer_id, &said.application_id, &said.job_id, &said.candidate_id].map(String::as_str);
    let told = offer(event, Kind::OfferClosed, ids)?;
    Ok(vec![told.with(|fact| (fact.code, fact.flag) = (code(said.state), said.was_sent))])
}

fn job_opened(event: &Event, said: &JobOpened) -> Result<Vec<Told>> {
    let told = Told::new(event, Kind::JobOpened, id("job", &said.job_id)?)?.for_job(&said.job_id)?;
    Ok(vec![told.with(|fact| fact.number = said.openings.max(1))])
}

fn job_closed(event: &Event, said: &JobClosed) -> Result<Vec<Told>> {
    Ok(vec![Told::new(event, Kind::JobClosed, id("job", &said.job_id)?)?.for_job(&said.job_id)?])
}

fn task_created(event: &Event, said: TaskCreated) -> Result<Vec<Told>> {
    let task = said.task.unwrap_or_default();
    let holder = holder(&task);
    self::task(event, Kind::TaskCreated, &said.task_id, &said.candidate_id, &task, holder)
}

fn task_changed(event: &Event, said: TaskChanged) -> Result<Vec<Told>> {
    let task = said.task.unwrap_or_default();
    let holder = holder(&task);
    self::task(event, Kind::TaskChanged, &said.task_id, &said.candidate_id, &task, holder)
}

/// It was somebody's work where a person completed it.
fn task_completed(event: &Event, said: TaskCompleted) -> Result<Vec<Told>> {
    let doer = if said.actor.starts_with("service:") { String::new() } else { said.actor };
    self::task(event, Kind::TaskCompleted, &said.task_id, &said.candidate_id, &said.task.unwrap_or_default(), doer)
}

fn task(event: &Event, kind: Kind, id: &str, candidate: &str, task: &Task, holder: String) -> Result<Vec<Told>> {
    let due = instant("due_time", task.due_time.as_ref())?;
    let root: Uuid = self::id("task", id)?;
    let told = Told::new(event, kind, root)?.of(candidate)?.for_job(&task.job_id)?;
    Ok(vec![told.with(|fact| (fact.code, fact.holder, fact.other_time) = (code(task.kind), holder, due))])
}

/// Who has it: whoever claimed it, else whom it is assigned to.
fn holder(task: &Task) -> String {
    if task.claimed_by.is_empty() {
        task.assignment.as_ref().map(|assigned| assigned.assignee.clone()).unwrap_or_default()
    } else {
        task.claimed_by.clone()
    }
}
