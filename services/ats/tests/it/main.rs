//! The workflow through its front door. Outreach's part is spoken by the tests.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that can not do its part fails the test")]
#![expect(clippy::unnecessary_wraps, reason = "fields of messages are options")]

mod applications;
mod booking;
mod cadences;
mod centre;
mod conformance;
mod erased;
mod follow_up;
mod history;
mod interviews;
mod jobs;
mod leaks;
mod merges;
mod messages;
mod no_shows;
mod offer_follow_up;
mod offers;
mod onboarding;
mod replies;
mod scorecards;
mod seen;
mod settings;
mod silence;
mod tasks;
mod tenants;
mod upgrade;
mod watch;
mod workbench;

use std::{sync::Arc, time::Duration};

use chassis::{Service, TenantId, wire};
use chrono::{DateTime, TimeDelta, Utc};
use prost_types::FieldMask;
use testkit::{Site, Voice, eventually};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;
use usher_ats::Ats;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        Application, Centre, ConfirmInterviewRequest, CreateApplicationRequest, CreateCentreLinkRequest,
        CreateJobRequest, GetCentreRequest, GetInterviewRequest, Interview, Interviewer, Job, ListTasksRequest,
        MessageRequested, OpenJobRequest, ScheduleInterviewRequest, Settings, Stage, Task, TaskKind, TaskState,
        UpdateInterviewRequest, UpdateSettingsRequest, application_service_client::ApplicationServiceClient,
        candidate_centre_service_client::CandidateCentreServiceClient,
        interview_service_client::InterviewServiceClient, job_service_client::JobServiceClient,
        settings_service_client::SettingsServiceClient, task_service_client::TaskServiceClient,
    },
    outreach::v1::{MessageDraft, MessageKind, MessageSent, Visitor},
};
use uuid::Uuid;

/// The key of links in these tests.
const KEY: [u8; 32] = [7; 32];

fn services() -> Vec<Box<dyn Service>> {
    let ats = Ats::with_key(KEY, 24, outbox::Settings::default());
    vec![Box::new(ats), Box::new(Voice::new("outreach")), Box::new(Voice::new("talent"))]
}

async fn site() -> Site {
    Site::start(services()).await
}

fn jobs(site: &Site) -> JobServiceClient<Channel> {
    JobServiceClient::new(site.channel())
}

fn settings(site: &Site) -> SettingsServiceClient<Channel> {
    SettingsServiceClient::new(site.channel())
}

fn applications(site: &Site) -> ApplicationServiceClient<Channel> {
    ApplicationServiceClient::new(site.channel())
}

fn interviews(site: &Site) -> InterviewServiceClient<Channel> {
    InterviewServiceClient::new(site.channel())
}

fn centres(site: &Site) -> CandidateCentreServiceClient<Channel> {
    CandidateCentreServiceClient::new(site.channel())
}

fn workbench(site: &Site) -> TaskServiceClient<Channel> {
    TaskServiceClient::new(site.channel())
}

/// A fresh TypeID of that kind.
fn id(prefix: &str) -> String {
    format!("{prefix}_{}", TenantId::new().to_string().trim_start_matches("tenant_"))
}

/// A fresh `request_id`.
fn key() -> String {
    Uuid::now_v7().to_string()
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

fn refusal(status: &Status) -> (Code, String) {
    (status.code(), reason(status))
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

fn later(site: &Site, hours: i64) -> DateTime<Utc> {
    site.clock().now() + TimeDelta::hours(hours)
}

fn stamp(time: DateTime<Utc>) -> Option<prost_types::Timestamp> {
    Some(wire::timestamp(time))
}

fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

fn requisition(title: &str) -> CreateJobRequest {
    CreateJobRequest { title: title.to_owned(), company_name: "晨光科技".to_owned(), ..CreateJobRequest::default() }
}

async fn draft(site: &Site, tenant: &TenantId) -> Job {
    let request = site.request(tenant, Role::Recruiter, requisition("Java 后端工程师"));
    jobs(site).create_job(request).await.unwrap().into_inner().job.unwrap()
}

async fn open(site: &Site, tenant: &TenantId, job: &str) -> Result<Job, Status> {
    let request = OpenJobRequest { job_id: job.to_owned(), request_id: String::new() };
    let answer = jobs(site).open_job(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().job.unwrap())
}

/// An open job whose stages have no service level, so that time brings no tasks but those that a test is about.
async fn open_job(site: &Site, tenant: &TenantId) -> String {
    let stage = |key: &str| Stage { key: key.to_owned(), display_name: key.to_owned(), service_level_hours: 0 };
    let stages = ["applied", "phone_screen", "interview", "offer"].map(stage).to_vec();
    let request = CreateJobRequest { stages, ..requisition("Java 后端工程师") };
    let request = site.request(tenant, Role::Recruiter, request);
    let job = jobs(site).create_job(request).await.unwrap().into_inner().job.unwrap();
    open(site, tenant, &job.job_id).await.unwrap().job_id
}

async fn apply(site: &Site, tenant: &TenantId, job: &str, candidate: &str) -> Result<Application, Status> {
    let request = CreateApplicationRequest {
        job_id: job.to_owned(),
        candidate_id: candidate.to_owned(),
        source: "talent_pool".to_owned(),
        request_id: String::new(),
    };
    let answer = applications(site).create_application(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().application.unwrap())
}

/// Lets candidates of a tenant wait for as long as can be, so that time brings no tasks but those that a test is about.
async fn patient(site: &Site, tenant: &TenantId) {
    let request = UpdateSettingsRequest {
        settings: Some(Settings { employer_silence_days: 60, ..Settings::default() }),
        update_mask: mask(&["employer_silence_days"]),
        ..UpdateSettingsRequest::default()
    };
    settings(site).update_settings(site.request(tenant, Role::Admin, request)).await.unwrap();
}

/// A live application of somebody new on an open job.
async fn application(site: &Site, tenant: &TenantId) -> Application {
    let job = open_job(site, tenant).await;
    apply(site, tenant, &job, &id("cand")).await.unwrap()
}

/// An interview with all facts, so many hours from now.
fn meeting(site: &Site, application: &str, hours: i64) -> ScheduleInterviewRequest {
    ScheduleInterviewRequest {
        application_id: application.to_owned(),
        start_time: stamp(later(site, hours)),
        time_zone: "Asia/Shanghai".to_owned(),
        place: "漕河泾 88 号 3 楼".to_owned(),
        interviewers: vec![Interviewer {
            user_id: String::new(),
            display_name: "周敏".to_owned(),
            title: "后端负责人".to_owned(),
        }],
        contact_name: "Rita".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        ..ScheduleInterviewRequest::default()
    }
}

async fn schedule(site: &Site, tenant: &TenantId, request: ScheduleInterviewRequest) -> Result<Interview, Status> {
    let answer = interviews(site).schedule_interview(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().interview.unwrap())
}

/// An interview of somebody new, so many hours from now.
async fn interview(site: &Site, tenant: &TenantId, hours: i64) -> Interview {
    let application = application(site, tenant).await;
    schedule(site, tenant, meeting(site, &application.application_id, hours)).await.unwrap()
}

async fn get(site: &Site, tenant: &TenantId, interview: &str) -> Interview {
    let request = GetInterviewRequest { interview_id: interview.to_owned() };
    let answer = interviews(site).get_interview(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().interview.unwrap()
}

/// Completes an interview: what the mask names is taken from `change`.
async fn complete(
    site: &Site,
    tenant: &TenantId,
    paths: &[&str],
    change: UpdateInterviewRequest,
) -> Result<Interview, Status> {
    let request = UpdateInterviewRequest { update_mask: mask(paths), ..change };
    let answer = interviews(site).update_interview(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().interview.unwrap())
}

/// A link to the candidate centre.
async fn link(site: &Site, tenant: &TenantId, interview: &str) -> String {
    let request = CreateCentreLinkRequest { interview_id: interview.to_owned(), ..CreateCentreLinkRequest::default() };
    centres(site).create_centre_link(site.request(tenant, Role::Service, request)).await.unwrap().into_inner().token
}

/// What the holder of a link sees.
async fn look(site: &Site, token: &str) -> Result<Centre, Status> {
    look_as(site, token, Visitor::Human).await
}

async fn look_as(site: &Site, token: &str, visitor: Visitor) -> Result<Centre, Status> {
    let request = GetCentreRequest { token: token.to_owned(), visitor: visitor.into() };
    let answer = centres(site).get_centre(site.installation_request(request)).await?;
    Ok(answer.into_inner().centre.unwrap())
}

async fn confirm(site: &Site, token: &str, revision: &str) -> Result<Centre, Status> {
    let request = ConfirmInterviewRequest { token: token.to_owned(), revision: revision.to_owned() };
    let answer = centres(site).confirm_interview(site.installation_request(request)).await?;
    Ok(answer.into_inner().centre.unwrap())
}

async fn tasks(site: &Site, tenant: &TenantId, show_done: bool) -> Vec<Task> {
    let request = ListTasksRequest { show_done, ..ListTasksRequest::default() };
    workbench(site).list_tasks(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner().tasks
}

/// The kinds of the tasks that stand open.
async fn kinds(site: &Site, tenant: &TenantId) -> Vec<TaskKind> {
    tasks(site, tenant, false).await.iter().map(Task::kind).collect()
}

/// Waits until exactly these tasks stand open.
async fn stands(site: &Site, tenant: &TenantId, expected: &[TaskKind]) {
    eventually(&format!("{expected:?} stand open"), async || kinds(site, tenant).await == expected).await;
}

/// The messages that were asked for.
async fn requested(site: &Site, tenant: &TenantId) -> Vec<MessageDraft> {
    let requested = site.heard_of::<MessageRequested>("ats", tenant).await;
    requested.into_iter().map(|requested| requested.draft.unwrap()).collect()
}

/// The kinds of the messages that were asked for.
async fn said(site: &Site, tenant: &TenantId) -> Vec<MessageKind> {
    requested(site, tenant).await.iter().map(MessageDraft::kind).collect()
}

/// Outreach says that it sent what was asked for last, now, and the workflow has heard it.
async fn sent(site: &Site, tenant: &TenantId) {
    let last = requested(site, tenant).await.pop().unwrap();
    deliver(site, tenant, last).await;
}

/// Outreach says that it sent this, now, and the workflow has heard it.
async fn deliver(site: &Site, tenant: &TenantId, draft: MessageDraft) {
    say_sent(site, tenant, draft).await;
    site.settle().await;
}

/// Outreach says that it sent this, now.
async fn say_sent(site: &Site, tenant: &TenantId, draft: MessageDraft) {
    let event = MessageSent {
        message_id: id("msg"),
        kind: draft.kind,
        candidate_id: draft.candidate_id,
        application_id: draft.application_id,
        interview_id: draft.interview_id,
        business_key: draft.business_key,
        channel: "email".to_owned(),
        send_time: stamp(site.clock().now()),
        ..MessageSent::default()
    };
    site.say("outreach", tenant, &event.message_id, &event).await;
}

/// Time passes, and what was due by then has happened.
async fn pass(site: &Site, hours: i64) {
    site.clock().advance((TimeDelta::hours(hours) + TimeDelta::seconds(1)).to_std().unwrap()).unwrap();
    let db = site.db("ats");
    eventually("no timer is due", async || {
        let mut tx = db.begin_system().await.unwrap();
        let due: i64 = sqlx::query_scalar("SELECT count(*) FROM timers WHERE state = 1 AND due_time <= $1")
            .bind(site.clock().now())
            .fetch_one(tx.conn())
            .await
            .unwrap();
        due == 0
    })
    .await;
    site.settle().await;
}

/// Does something so many times at once.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    times: usize,
    site: &Arc<Site>,
    act: impl Fn(Arc<Site>) -> F,
) -> Vec<T> {
    let running: Vec<_> = (0..times).map(|_| tokio::spawn(act(Arc::clone(site)))).collect();
    let mut outcomes = Vec::new();
    for one in running {
        outcomes.push(one.await.unwrap());
    }
    outcomes
}

/// The end of a test that shared its site.
async fn finish(site: Arc<Site>) {
    let Some(site) = Arc::into_inner(site) else { panic!("somebody still holds the site") };
    site.finish().await;
}

/// Whether a task is of that kind and stands open.
fn is_open(task: &Task, kind: TaskKind) -> bool {
    task.kind() == kind && task.state() == TaskState::Open
}
