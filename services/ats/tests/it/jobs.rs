//! Requisitions: their states, and what they refuse.

use usher_proto::ats::v1::{
    CloseJobRequest, Competency, EmploymentType, GetJobRequest, HoldJobRequest, JobClosed, JobHeld, JobOpened,
    JobState, ListJobsRequest, TeamMember, TeamRole, UpdateJobRequest,
};

use super::*;

async fn hold(site: &Site, tenant: &TenantId, job: &str) -> Result<Job, Status> {
    let request = HoldJobRequest { job_id: job.to_owned(), reason: "budget".to_owned(), request_id: String::new() };
    Ok(jobs(site).hold_job(site.request(tenant, Role::Recruiter, request)).await?.into_inner().job.unwrap())
}

async fn close(site: &Site, tenant: &TenantId, job: &str) -> Result<Job, Status> {
    let request = CloseJobRequest { job_id: job.to_owned(), reason: "filled".to_owned(), request_id: String::new() };
    Ok(jobs(site).close_job(site.request(tenant, Role::Recruiter, request)).await?.into_inner().job.unwrap())
}

#[tokio::test]
async fn a_job_opens_holds_and_closes_and_only_an_open_one_takes_people() {
    let site = site().await;
    let tenant = site.tenant();
    let job = draft(&site, &tenant).await;
    assert_eq!((job.state(), job.openings), (JobState::Draft, 1));
    let stages: Vec<_> = job.stages.iter().map(|stage| stage.key.as_str()).collect();
    assert_eq!(stages, ["applied", "phone_screen", "interview", "offer"]);

    let too_early = apply(&site, &tenant, &job.job_id, &id("cand")).await.unwrap_err();
    assert_eq!(refusal(&too_early), (Code::FailedPrecondition, "JOB_STATE".to_owned()));
    assert_eq!(refusal(&hold(&site, &tenant, &job.job_id).await.unwrap_err()).1, "JOB_STATE");
    assert_eq!(open(&site, &tenant, &job.job_id).await.unwrap().state(), JobState::Open);
    apply(&site, &tenant, &job.job_id, &id("cand")).await.unwrap();

    assert_eq!(hold(&site, &tenant, &job.job_id).await.unwrap().state(), JobState::OnHold);
    let on_hold = apply(&site, &tenant, &job.job_id, &id("cand")).await.unwrap_err();
    assert_eq!(refusal(&on_hold), (Code::FailedPrecondition, "JOB_STATE".to_owned()));
    open(&site, &tenant, &job.job_id).await.unwrap();

    assert_eq!(close(&site, &tenant, &job.job_id).await.unwrap().state(), JobState::Closed);
    for refused in [open(&site, &tenant, &job.job_id).await, hold(&site, &tenant, &job.job_id).await] {
        assert_eq!(refusal(&refused.unwrap_err()), (Code::FailedPrecondition, "JOB_STATE".to_owned()));
    }
    assert_eq!(site.heard_of::<JobOpened>("ats", &tenant).await.len(), 2);
    let held = site.heard_of::<JobHeld>("ats", &tenant).await;
    assert_eq!(held, [JobHeld { job_id: job.job_id.clone(), reason: "budget".to_owned() }]);
    let closed = site.heard_of::<JobClosed>("ats", &tenant).await;
    assert_eq!(closed, [JobClosed { job_id: job.job_id, reason: "filled".to_owned() }]);
    site.finish().await;
}

#[tokio::test]
async fn only_what_the_mask_names_changes_and_only_from_the_version_that_was_read() {
    let site = site().await;
    let tenant = site.tenant();
    let job = draft(&site, &tenant).await;
    let update = async |paths: &[&str], etag: &str| {
        let request = UpdateJobRequest {
            job_id: job.job_id.clone(),
            title: "Rust 工程师".to_owned(),
            location: "Shanghai".to_owned(),
            update_mask: mask(paths),
            etag: etag.to_owned(),
            ..UpdateJobRequest::default()
        };
        jobs(&site).update_job(site.request(&tenant, Role::Recruiter, request)).await
    };
    let after = update(&["location"], &job.etag).await.unwrap().into_inner().job.unwrap();
    assert_eq!((after.title.as_str(), after.location.as_str()), ("Java 后端工程师", "Shanghai"));
    let stale = update(&["title"], &job.etag).await.unwrap_err();
    assert_eq!(refusal(&stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let unknown = update(&["state"], "").await.unwrap_err();
    assert_eq!(refusal(&unknown), (Code::InvalidArgument, "UPDATE_MASK_UNKNOWN_PATH".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn a_pipeline_names_each_stage_once() {
    let site = site().await;
    let tenant = site.tenant();
    let stage = |key: &str| Stage { key: key.to_owned(), display_name: key.to_owned(), service_level_hours: 24 };
    let request = CreateJobRequest { stages: vec![stage("screen"), stage("screen")], ..requisition("x") };
    let twice = jobs(&site).create_job(site.request(&tenant, Role::Recruiter, request)).await.unwrap_err();
    assert_eq!(twice.code(), Code::InvalidArgument);
    assert!(fields(&twice)[0].starts_with("stages"), "{:?}", fields(&twice));
    let request = CreateJobRequest { stages: vec![stage("Not Snake")], ..requisition("x") };
    let named_badly = jobs(&site).create_job(site.request(&tenant, Role::Recruiter, request)).await.unwrap_err();
    assert_eq!(fields(&named_badly), ["stages[0].key"]);
    let listed = ListJobsRequest::default();
    let listed = jobs(&site).list_jobs(site.request(&tenant, Role::Recruiter, listed)).await.unwrap().into_inner();
    assert!(listed.jobs.is_empty(), "nothing is half-written");
    site.finish().await;
}

#[tokio::test]
async fn pages_hold_every_job_once_newest_first() {
    let site = site().await;
    let tenant = site.tenant();
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.insert(0, draft(&site, &tenant).await.job_id);
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListJobsRequest { page_size: 3, page_token, state: JobState::Draft.into() };
        let page = jobs(&site).list_jobs(site.request(&tenant, Role::ReadOnly, request)).await.unwrap().into_inner();
        assert!(page.jobs.len() <= 3);
        seen.extend(page.jobs.into_iter().map(|job| job.job_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let forged = ListJobsRequest { page_token: "AAAA".to_owned(), ..ListJobsRequest::default() };
    let forged = jobs(&site).list_jobs(site.request(&tenant, Role::ReadOnly, forged)).await.unwrap_err();
    assert_eq!((forged.code(), fields(&forged)), (Code::InvalidArgument, vec!["page_token".to_owned()]));
    let unknown = GetJobRequest { job_id: id("job") };
    let unknown = jobs(&site).get_job(site.request(&tenant, Role::ReadOnly, unknown)).await.unwrap_err();
    assert_eq!(refusal(&unknown), (Code::NotFound, "JOB_NOT_FOUND".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn the_same_request_is_the_same_job_even_at_once() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let request = CreateJobRequest { request_id: key(), ..requisition("Java") };
    let token = site.token(&tenant, Role::Recruiter);
    let answers = at_once(8, &site, |site| {
        let (request, token) = (request.clone(), token.clone());
        async move {
            let mut request = tonic::Request::new(request);
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
            jobs(&site).create_job(request).await.unwrap().into_inner().job.unwrap()
        }
    })
    .await;
    assert!(answers.iter().all(|job| *job == answers[0]));
    let listed = ListJobsRequest::default();
    let listed = jobs(&site).list_jobs(site.request(&tenant, Role::Recruiter, listed)).await.unwrap().into_inner();
    assert_eq!(listed.jobs.len(), 1);

    let other = CreateJobRequest { title: "Rust".to_owned(), ..request };
    let mut other = tonic::Request::new(other);
    other.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let refused = jobs(&site).create_job(other).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
    finish(site).await;
}

async fn read(site: &Site, tenant: &TenantId, job: &str) -> Job {
    let request = GetJobRequest { job_id: job.to_owned() };
    jobs(site).get_job(site.request(tenant, Role::Interviewer, request)).await.unwrap().into_inner().job.unwrap()
}

fn competency(key: &str) -> Competency {
    Competency { key: key.to_owned(), display_name: key.to_owned(), description: String::new() }
}

#[tokio::test]
async fn a_requisition_says_whom_it_seeks_and_who_seeks() {
    let site = site().await;
    let tenant = site.tenant();
    let member = |role: TeamRole| TeamMember { user_id: id("user"), role: role.into() };
    let asked = CreateJobRequest {
        wished_skills: vec!["kubernetes".to_owned()],
        employment_type: EmploymentType::FullTime.into(),
        hiring_team: vec![member(TeamRole::HiringManager), member(TeamRole::Interviewer)],
        competencies: vec![competency("system_design"), competency("communication")],
        openings: 2,
        ..requisition("平台工程师")
    };
    let request = site.request(&tenant, Role::Recruiter, asked.clone());
    let job = jobs(&site).create_job(request).await.unwrap().into_inner().job.unwrap();
    assert_eq!(read(&site, &tenant, &job.job_id).await, job);
    assert_eq!(job.wished_skills, asked.wished_skills);
    assert_eq!((job.employment_type(), job.openings, job.filled), (EmploymentType::FullTime, 2, 0));
    assert_eq!((&job.hiring_team, &job.competencies), (&asked.hiring_team, &asked.competencies));
    assert!(job.owner.starts_with("user_"), "who wrote it down owns it: {}", job.owner);

    let twice = TeamMember { role: TeamRole::Coordinator.into(), ..asked.hiring_team[0].clone() };
    for (broken, reason) in [
        (
            CreateJobRequest { hiring_team: vec![asked.hiring_team[0].clone(), twice], ..asked.clone() },
            "TEAM_MEMBER_REPEATED",
        ),
        (
            CreateJobRequest { competencies: vec![competency("a"), competency("a")], ..asked.clone() },
            "COMPETENCY_REPEATED",
        ),
    ] {
        let refused = jobs(&site).create_job(site.request(&tenant, Role::Recruiter, broken)).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, reason.to_owned()));
    }
    site.finish().await;
}

#[tokio::test]
async fn every_state_of_a_job_is_kept_with_who_when_and_why() {
    let site = site().await;
    let tenant = site.tenant();
    let job = draft(&site, &tenant).await.job_id;
    open(&site, &tenant, &job).await.unwrap();
    hold(&site, &tenant, &job).await.unwrap();
    close(&site, &tenant, &job).await.unwrap();
    let steps: Vec<_> = read(&site, &tenant, &job).await.transitions;
    let taken: Vec<_> = steps.iter().map(|step| (step.from_state(), step.to_state(), step.reason.as_str())).collect();
    assert_eq!(
        taken,
        [
            (JobState::Draft, JobState::Open, ""),
            (JobState::Open, JobState::OnHold, "budget"),
            (JobState::OnHold, JobState::Closed, "filled"),
        ]
    );
    assert!(steps.iter().all(|step| step.actor.starts_with("user_") && step.time.is_some()));
    site.finish().await;
}

#[tokio::test]
async fn a_stage_goes_when_nobody_stands_in_it_and_a_new_service_level_counts_for_whoever_does() {
    let site = site().await;
    let tenant = site.tenant();
    let job = draft(&site, &tenant).await;
    open(&site, &tenant, &job.job_id).await.unwrap();
    apply(&site, &tenant, &job.job_id, &id("cand")).await.unwrap();
    let change = async |stages: Vec<Stage>| {
        let request = UpdateJobRequest {
            job_id: job.job_id.clone(),
            stages,
            update_mask: mask(&["stages"]),
            ..UpdateJobRequest::default()
        };
        jobs(&site).update_job(site.request(&tenant, Role::Recruiter, request)).await
    };
    let refused = change(job.stages[1..].to_vec()).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "STAGE_IN_USE".to_owned()));
    let details = refused.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((info.metadata["stage"].as_str(), info.metadata["applications"].as_str()), ("applied", "1"));

    let hurried = Stage { service_level_hours: 12, ..job.stages[0].clone() };
    change(vec![hurried, job.stages[3].clone()]).await.unwrap();
    pass(&site, 12).await;
    stands(&site, &tenant, &[TaskKind::StageOverdue]).await;
    assert_eq!(refusal(&change(Vec::new()).await.unwrap_err()).0, Code::InvalidArgument);
    site.finish().await;
}
