//! One person's way through one job.

use usher_proto::ats::v1::{
    ApplicationEnded, ApplicationMoved, ApplicationState, CloseJobRequest, GetApplicationRequest, InterviewState,
    ListApplicationsRequest, MoveApplicationRequest, RejectApplicationRequest, WithdrawApplicationRequest,
};

use super::*;

async fn move_to(site: &Site, tenant: &TenantId, application: &Application, to: &str) -> Result<Application, Status> {
    let request = MoveApplicationRequest {
        application_id: application.application_id.clone(),
        to_stage: to.to_owned(),
        reason: "went well".to_owned(),
        etag: application.etag.clone(),
        request_id: String::new(),
    };
    let answer = applications(site).move_application(site.request(tenant, Role::HiringManager, request)).await?;
    Ok(answer.into_inner().application.unwrap())
}

async fn reject(site: &Site, tenant: &TenantId, application: &str) -> Result<Application, Status> {
    let request = RejectApplicationRequest {
        application_id: application.to_owned(),
        reason: "position filled".to_owned(),
        ..RejectApplicationRequest::default()
    };
    let answer = applications(site).reject_application(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().application.unwrap())
}

#[tokio::test]
async fn every_step_is_kept_with_who_when_and_why() {
    let site = site().await;
    let tenant = site.tenant();
    let first = application(&site, &tenant).await;
    assert_eq!((first.stage.as_str(), first.state()), ("applied", ApplicationState::Active));
    site.clock().advance(Duration::from_secs(3_600)).unwrap();
    let screened = move_to(&site, &tenant, &first, "phone_screen").await.unwrap();
    // A step to where it is already is none.
    assert_eq!(move_to(&site, &tenant, &screened, "phone_screen").await.unwrap(), screened);
    let stale = move_to(&site, &tenant, &first, "interview").await.unwrap_err();
    assert_eq!(refusal(&stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let unknown = move_to(&site, &tenant, &screened, "lunch").await.unwrap_err();
    assert_eq!((refusal(&unknown).1.as_str(), fields(&unknown)), ("STAGE_UNKNOWN", vec!["to_stage".to_owned()]));
    let rejected = reject(&site, &tenant, &first.application_id).await.unwrap();

    let request = GetApplicationRequest { application_id: first.application_id.clone() };
    let read = applications(&site).get_application(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    let read = read.into_inner().application.unwrap();
    assert_eq!(read, rejected);
    let steps: Vec<_> = read
        .transitions
        .iter()
        .map(|step| (step.from_stage.as_str(), step.to_stage.as_str(), step.to_state()))
        .collect();
    let expected = [
        ("", "applied", ApplicationState::Active),
        ("applied", "phone_screen", ApplicationState::Active),
        ("phone_screen", "phone_screen", ApplicationState::Rejected),
    ];
    assert_eq!(steps, expected);
    assert!(read.transitions.iter().all(|step| step.actor.starts_with("user_")));
    assert!(read.transitions[1].time.unwrap().seconds - read.transitions[0].time.unwrap().seconds >= 3_600);
    assert_eq!(read.transitions[2].reason, "position filled");

    for refused in [reject(&site, &tenant, &first.application_id).await, move_to(&site, &tenant, &read, "offer").await]
    {
        assert_eq!(refusal(&refused.unwrap_err()), (Code::FailedPrecondition, "APPLICATION_STATE".to_owned()));
    }
    assert_eq!(site.heard_of::<ApplicationMoved>("ats", &tenant).await.len(), 1);
    let ended = site.heard_of::<ApplicationEnded>("ats", &tenant).await;
    assert_eq!(
        ended.iter().map(|ended| (ended.state(), ended.by_candidate)).collect::<Vec<_>>(),
        [(ApplicationState::Rejected, false)]
    );
    site.finish().await;
}

#[tokio::test]
async fn a_person_is_live_on_a_job_once_however_many_try() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let (job, person) = (open_job(&site, &tenant).await, id("cand"));
    let outcomes = at_once(6, &site, |site| {
        let (job, person) = (job.clone(), person.clone());
        async move { apply(&site, &tenant, &job, &person).await }
    })
    .await;
    let (made, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for refused in refused {
        assert_eq!(refusal(&refused.unwrap_err()), (Code::AlreadyExists, "APPLICATION_EXISTS".to_owned()));
    }
    let first = made.into_iter().next().unwrap().unwrap();
    apply(&site, &tenant, &open_job(&site, &tenant).await, &person).await.expect("another job is another matter");
    reject(&site, &tenant, &first.application_id).await.unwrap();
    apply(&site, &tenant, &job, &person).await.expect("an ended one is in nobody's way");

    let request = ListApplicationsRequest { candidate_id: person, ..ListApplicationsRequest::default() };
    let listed = applications(&site).list_applications(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    assert_eq!(listed.into_inner().applications.len(), 3);
    finish(site).await;
}

#[tokio::test]
async fn whoever_is_rejected_does_not_travel_to_an_interview() {
    let site = site().await;
    let tenant = site.tenant();
    let planned = interview(&site, &tenant, 72).await;
    reject(&site, &tenant, &planned.application_id).await.unwrap();
    assert_eq!(get(&site, &tenant, &planned.interview_id).await.state(), InterviewState::Cancelled);
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewCancelled]);
    let refused = schedule(&site, &tenant, meeting(&site, &planned.application_id, 72)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "APPLICATION_STATE".to_owned()));
    pass(&site, 100).await;
    assert!(tasks(&site, &tenant, true).await.is_empty(), "nobody is asked who came");
    site.finish().await;
}

#[tokio::test]
async fn a_withdrawal_by_telephone_is_recorded_as_one() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let request = WithdrawApplicationRequest {
        application_id: application.application_id,
        reason: "took another offer".to_owned(),
        ..WithdrawApplicationRequest::default()
    };
    let withdrawn = applications(&site)
        .withdraw_application(site.request(&tenant, Role::Recruiter, request))
        .await
        .unwrap()
        .into_inner()
        .application
        .unwrap();
    assert_eq!(withdrawn.state(), ApplicationState::Withdrawn);
    site.finish().await;
}

#[tokio::test]
async fn an_application_and_the_end_of_its_job_can_not_cross() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let job = open_job(&site, &tenant).await;
    let closing = {
        let (site, job) = (Arc::clone(&site), job.clone());
        tokio::spawn(async move {
            let request = CloseJobRequest { job_id: job, ..CloseJobRequest::default() };
            jobs(&site).close_job(site.request(&tenant, Role::Recruiter, request)).await.map(drop)
        })
    };
    let outcomes = at_once(8, &site, |site| {
        let job = job.clone();
        async move { apply(&site, &tenant, &job, &id("cand")).await.map(drop) }
    })
    .await;
    closing.await.unwrap().unwrap();
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "JOB_STATE".to_owned()));
    }
    let heard: Vec<_> = site.heard("ats").await.into_iter().map(|event| event.r#type).collect();
    let last = heard.iter().rposition(|kind| kind.ends_with("JobClosed")).unwrap();
    assert!(last > 0, "it was opened before");
    finish(site).await;
}
