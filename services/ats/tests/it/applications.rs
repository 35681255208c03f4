//! One person's way through one job.

use usher_proto::ats::v1::{
    ApplicationEnded, ApplicationMoved, ApplicationState, ApplicationUnrejected, BulkMode, BulkMoveApplicationsRequest,
    CloseJobRequest, GetApplicationRequest, InterviewState, ListApplicationsRequest, MoveApplicationRequest,
    RejectApplicationRequest, UnrejectApplicationRequest, WithdrawApplicationRequest,
    bulk_move_applications_response::Outcome,
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

    let request = GetApplicationRequest { application_id: first.application_id.clone(), read_time: None };
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

async fn unreject(site: &Site, tenant: &TenantId, application: &str, to: &str) -> Result<Application, Status> {
    let request = UnrejectApplicationRequest {
        application_id: application.to_owned(),
        reason: "a second opening came up".to_owned(),
        to_stage: to.to_owned(),
        ..UnrejectApplicationRequest::default()
    };
    let answer = applications(site).unreject_application(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().application.unwrap())
}

#[tokio::test]
async fn a_rejection_is_taken_back_where_it_was_made_or_elsewhere_while_the_place_is_free() {
    let site = site().await;
    let tenant = site.tenant();
    let first = application(&site, &tenant).await;
    let refused = unreject(&site, &tenant, &first.application_id, "").await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "APPLICATION_STATE".to_owned()));

    let screened = move_to(&site, &tenant, &first, "phone_screen").await.unwrap();
    reject(&site, &tenant, &first.application_id).await.unwrap();
    let back = unreject(&site, &tenant, &first.application_id, "").await.unwrap();
    assert_eq!((back.stage.as_str(), back.state()), ("phone_screen", ApplicationState::Active));
    assert!(back.stage_time.unwrap().seconds >= screened.stage_time.unwrap().seconds);
    let step = back.transitions.last().unwrap();
    assert_eq!((step.to_state(), step.reason.as_str()), (ApplicationState::Active, "a second opening came up"));

    reject(&site, &tenant, &first.application_id).await.unwrap();
    let unknown = unreject(&site, &tenant, &first.application_id, "lunch").await.unwrap_err();
    assert_eq!(refusal(&unknown), (Code::InvalidArgument, "STAGE_UNKNOWN".to_owned()));
    assert_eq!(unreject(&site, &tenant, &first.application_id, "offer").await.unwrap().stage, "offer");

    // Who has applied anew meanwhile lives once.
    reject(&site, &tenant, &first.application_id).await.unwrap();
    let anew = apply(&site, &tenant, &first.job_id, &first.candidate_id).await.unwrap();
    let twice = unreject(&site, &tenant, &first.application_id, "").await.unwrap_err();
    assert_eq!(refusal(&twice), (Code::AlreadyExists, "APPLICATION_EXISTS".to_owned()));
    reject(&site, &tenant, &anew.application_id).await.unwrap();

    let request = CloseJobRequest { job_id: first.job_id.clone(), ..CloseJobRequest::default() };
    jobs(&site).close_job(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let closed = unreject(&site, &tenant, &first.application_id, "").await.unwrap_err();
    assert_eq!(refusal(&closed), (Code::FailedPrecondition, "JOB_STATE".to_owned()));
    let said = site.heard_of::<ApplicationUnrejected>("ats", &tenant).await;
    assert_eq!(said.iter().map(|said| said.stage.as_str()).collect::<Vec<_>>(), ["phone_screen", "offer"]);
    site.finish().await;
}

/// What became of each item: the stage that it is in, or the reason why it did not move.
async fn bulk_move(
    site: &Site,
    tenant: &TenantId,
    ids: &[String],
    to: &str,
    mode: BulkMode,
) -> Result<Vec<(String, Result<String, String>)>, Status> {
    let request = BulkMoveApplicationsRequest {
        application_ids: ids.to_vec(),
        to_stage: to.to_owned(),
        reason: "screened together".to_owned(),
        mode: mode.into(),
    };
    let request = site.request(tenant, Role::Recruiter, request);
    let mut answers = applications(site).bulk_move_applications(request).await?.into_inner();
    let mut outcomes = Vec::new();
    while let Some(answer) = answers.message().await? {
        let outcome = match answer.outcome.unwrap() {
            Outcome::Application(application) => Ok(application.stage),
            Outcome::Failure(failure) => {
                assert!(failure.code > 0 && !failure.message.is_empty(), "{failure:?}");
                Err(failure.reason)
            }
        };
        outcomes.push((answer.application_id, outcome));
    }
    Ok(outcomes)
}

#[tokio::test]
async fn many_move_each_for_itself_or_all_or_none() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let job = open_job(&site, &tenant).await;
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(apply(&site, &tenant, &job, &id("cand")).await.unwrap().application_id);
    }
    let outcomes = bulk_move(&site, &tenant, &ids, "phone_screen", BulkMode::All).await.unwrap();
    let expected: Vec<_> = ids.iter().map(|id| (id.clone(), Ok("phone_screen".to_owned()))).collect();
    assert_eq!(outcomes, expected, "in the order in which they were named");

    reject(&site, &tenant, &ids[3]).await.unwrap();
    let strange = id("app");
    let mut asked = ids.clone();
    asked.insert(5, strange.clone());
    let reasons = |outcomes: &[(String, Result<String, String>)]| -> Vec<String> {
        outcomes.iter().filter_map(|(_, outcome)| outcome.clone().err()).collect()
    };
    let outcomes = bulk_move(&site, &tenant, &asked, "interview", BulkMode::All).await.unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_err()), "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|(_, outcome)| *outcome == Err("OTHERS_FAILED".to_owned())).count(), 11);
    assert_eq!(outcomes[3].1, Err("APPLICATION_STATE".to_owned()));
    assert_eq!(outcomes[5], (strange, Err("APPLICATION_NOT_FOUND".to_owned())));
    assert_eq!(site.heard_of::<ApplicationMoved>("ats", &tenant).await.len(), 12, "nothing has moved");

    let outcomes = bulk_move(&site, &tenant, &asked, "interview", BulkMode::Each).await.unwrap();
    assert_eq!(outcomes.iter().map(|(id, _)| id).collect::<Vec<_>>(), asked.iter().collect::<Vec<_>>());
    assert_eq!(reasons(&outcomes), ["APPLICATION_STATE", "APPLICATION_NOT_FOUND"]);
    // A call that broke off is made again: who has moved is answered as moved, and says nothing twice.
    assert_eq!(bulk_move(&site, &tenant, &asked, "interview", BulkMode::Each).await.unwrap(), outcomes);
    assert_eq!(site.heard_of::<ApplicationMoved>("ats", &tenant).await.len(), 12 + 11);

    let unknown = bulk_move(&site, &tenant, &ids[..1], "lunch", BulkMode::Each).await.unwrap();
    assert_eq!(reasons(&unknown), ["STAGE_UNKNOWN"]);
    for refused in [
        bulk_move(&site, &tenant, &[], "offer", BulkMode::Each).await,
        bulk_move(&site, &tenant, &[ids[0].clone(), ids[0].clone()], "offer", BulkMode::Each).await,
        bulk_move(&site, &tenant, &ids, "offer", BulkMode::Unspecified).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    }

    // Two that move the same ones the other way round do not stand in each other's way.
    let forwards: Vec<String> = ids.iter().filter(|one| **one != ids[3]).cloned().collect();
    let backwards: Vec<String> = forwards.iter().rev().cloned().collect();
    let round = std::sync::atomic::AtomicUsize::new(0);
    let outcomes = at_once(6, &site, |site| {
        let turn = round.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let ids = if turn.is_multiple_of(2) { forwards.clone() } else { backwards.clone() };
        async move { bulk_move(&site, &tenant, &ids, "offer", BulkMode::All).await }
    })
    .await;
    for outcome in outcomes {
        assert!(outcome.unwrap().iter().all(|(_, moved)| moved.is_ok()));
    }
    finish(site).await;
}

#[tokio::test]
async fn an_application_can_be_read_as_it_was_at_any_instant() {
    let site = site().await;
    let tenant = site.tenant();
    let mut now = application(&site, &tenant).await;
    let mut history = vec![(site.clock().now(), now.clone())];
    for stage in ["phone_screen", "interview", "phone_screen"] {
        site.clock().advance(Duration::from_secs(3_600)).unwrap();
        now = move_to(&site, &tenant, &now, stage).await.unwrap();
        history.push((site.clock().now(), now.clone()));
    }
    site.clock().advance(Duration::from_secs(3_600)).unwrap();
    now = reject(&site, &tenant, &now.application_id).await.unwrap();
    history.push((site.clock().now(), now.clone()));
    site.clock().advance(Duration::from_secs(3_600)).unwrap();

    let read = async |time: DateTime<Utc>| {
        let request = GetApplicationRequest { application_id: now.application_id.clone(), read_time: stamp(time) };
        let answer = applications(&site).get_application(site.request(&tenant, Role::ReadOnly, request)).await?;
        Ok::<_, Status>(answer.into_inner().application.unwrap())
    };
    let list = async |time: DateTime<Utc>, state: ApplicationState, stage: &str| {
        let request = ListApplicationsRequest {
            job_id: now.job_id.clone(),
            state: state.into(),
            stage: stage.to_owned(),
            read_time: stamp(time),
            ..ListApplicationsRequest::default()
        };
        let answer = applications(&site).list_applications(site.request(&tenant, Role::ReadOnly, request)).await;
        answer.unwrap().into_inner().applications
    };
    for (time, then) in &history {
        // Whose turn it once was is not kept.
        let then = &Application { turn: 0, turn_since: None, waiting_working_days: 0, turn_reason: 0, ..then.clone() };
        assert_eq!(read(*time).await.unwrap(), *then);
        let bare = Application { transitions: Vec::new(), ..then.clone() };
        let whole = list(*time, ApplicationState::Unspecified, "").await;
        assert_eq!(whole, std::slice::from_ref(&bare));
        assert_eq!(list(*time, then.state(), &then.stage).await, [bare]);
        assert_eq!(list(*time, ApplicationState::Hired, "").await, []);
    }
    let before = history[0].0 - TimeDelta::hours(1);
    assert_eq!(refusal(&read(before).await.unwrap_err()).1, "APPLICATION_NOT_FOUND");
    assert_eq!(list(before, ApplicationState::Unspecified, "").await, []);
    site.finish().await;
}

#[tokio::test]
async fn who_stands_in_a_stage_for_too_long_is_named_once_and_a_step_takes_that_away() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    // With the house's pipeline: 48 hours in the first stage, 72 in the second.
    let job = draft(&site, &tenant).await;
    open(&site, &tenant, &job.job_id).await.unwrap();
    let application = apply(&site, &tenant, &job.job_id, &id("cand")).await.unwrap();
    pass(&site, 47).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::StageOverdue]).await;
    let task = tasks(&site, &tenant, false).await.pop().unwrap();
    assert_eq!(task.application_id, application.application_id);
    assert!(task.why.contains("Applied") && task.why.contains("48 hours"), "{task:?}");
    pass(&site, 24 * 7).await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::StageOverdue], "once");

    let moved = move_to(&site, &tenant, &application, "phone_screen").await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 71).await;
    assert!(kinds(&site, &tenant).await.is_empty(), "the clock of the next stage has begun anew");
    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::StageOverdue]).await;
    reject(&site, &tenant, &moved.application_id).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 24 * 7).await;
    assert!(kinds(&site, &tenant).await.is_empty(), "who is out is nobody's turn");
    site.finish().await;
}

#[tokio::test]
async fn whoever_is_live_on_a_job_that_closes_is_named_to_the_team() {
    let site = site().await;
    let tenant = site.tenant();
    let job = open_job(&site, &tenant).await;
    let live = apply(&site, &tenant, &job, &id("cand")).await.unwrap();
    let out = apply(&site, &tenant, &job, &id("cand")).await.unwrap();
    reject(&site, &tenant, &out.application_id).await.unwrap();
    let request = CloseJobRequest { job_id: job, reason: "budget".to_owned(), ..CloseJobRequest::default() };
    jobs(&site).close_job(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let named: Vec<_> = tasks(&site, &tenant, false).await;
    assert_eq!(
        named.iter().map(|task| (task.kind(), &task.application_id)).collect::<Vec<_>>(),
        [(TaskKind::TellJobClosed, &live.application_id)]
    );
    reject(&site, &tenant, &live.application_id).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty(), "who was told waits for nothing");
    site.finish().await;
}
