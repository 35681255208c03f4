//! Offers: who agrees to them, what the candidate says, and what an acceptance brings.

use chrono::NaiveDate;
use usher_proto::ats::v1::{
    AcceptOfferRequest, ApplicationEnded, ApplicationState, ApproveOfferRequest, CreateOfferRequest,
    DeclineOfferRequest, EmploymentType, GetApplicationRequest, GetJobRequest, GetOfferRequest, Hired, JobClosed,
    JobState, ListOffersRequest, Offer, OfferAnswer, OfferAnswered, OfferClosed, OfferSent, OfferState, OfferTerms,
    RecordOfferAnswerRequest, RefuseOfferRequest, RejectApplicationRequest, RescindOfferRequest, SalaryPeriod,
    SendOfferRequest, Settings, SubmitOfferRequest, UpdateOfferRequest, UpdateSettingsRequest,
    WithdrawApplicationRequest, offer_service_client::OfferServiceClient,
};
use usher_proto::outreach::v1::{MessageFailed, MessageRefused};

use super::*;

pub(crate) fn offers(site: &Site) -> OfferServiceClient<Channel> {
    OfferServiceClient::new(site.channel())
}

/// The day so many days from now, in the zone of these offers.
pub(crate) fn day(site: &Site, days: i64) -> String {
    today(site, days).to_string()
}

fn today(site: &Site, days: i64) -> NaiveDate {
    (site.clock().now() + TimeDelta::hours(8) + TimeDelta::days(days)).date_naive()
}

/// Terms that begin so many days from now and are to be answered within three.
pub(crate) fn terms(site: &Site, days: i64) -> OfferTerms {
    OfferTerms {
        employment_type: EmploymentType::FullTime.into(),
        start_date: day(site, days),
        time_zone: "Asia/Shanghai".to_owned(),
        salary_minor_units: 2_500_000,
        salary_currency: "CNY".to_owned(),
        salary_period: SalaryPeriod::Month.into(),
        location: "上海".to_owned(),
        benefits: "年终奖".to_owned(),
        expire_time: stamp(later(site, 72)),
        ..OfferTerms::default()
    }
}

fn wanted(site: &Site, application: &str, approvers: &[String]) -> CreateOfferRequest {
    CreateOfferRequest {
        application_id: application.to_owned(),
        terms: Some(terms(site, 30)),
        approvers: approvers.to_vec(),
        contact_name: "Rita".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        request_id: String::new(),
    }
}

/// A request by one particular user.
fn by<M>(site: &Site, tenant: &TenantId, user: &str, message: M) -> tonic::Request<M> {
    let token = site.token_for(tenant, Role::HiringManager, user, TimeDelta::days(365));
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

pub(crate) async fn create(site: &Site, tenant: &TenantId, request: CreateOfferRequest) -> Result<Offer, Status> {
    let answer = offers(site).create_offer(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().offer.unwrap())
}

async fn read(site: &Site, tenant: &TenantId, offer: &str) -> Offer {
    let request = GetOfferRequest { offer_id: offer.to_owned() };
    let answer = offers(site).get_offer(site.request(tenant, Role::HiringManager, request)).await.unwrap();
    answer.into_inner().offer.unwrap()
}

async fn submit(site: &Site, tenant: &TenantId, offer: &str) -> Result<Offer, Status> {
    let request = SubmitOfferRequest { offer_id: offer.to_owned(), ..SubmitOfferRequest::default() };
    let answer = offers(site).submit_offer(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().offer.unwrap())
}

async fn approve(site: &Site, tenant: &TenantId, offer: &str, user: &str, read: i32) -> Result<Offer, Status> {
    let request =
        ApproveOfferRequest { offer_id: offer.to_owned(), terms_version: read, ..ApproveOfferRequest::default() };
    Ok(offers(site).approve_offer(by(site, tenant, user, request)).await?.into_inner().offer.unwrap())
}

async fn raise(site: &Site, tenant: &TenantId, offer: &str, amount: i64) -> Result<Offer, Status> {
    let request = UpdateOfferRequest {
        offer_id: offer.to_owned(),
        terms: Some(OfferTerms { salary_minor_units: amount, ..OfferTerms::default() }),
        update_mask: mask(&["terms.salary_minor_units"]),
        ..UpdateOfferRequest::default()
    };
    let answer = offers(site).update_offer(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().offer.unwrap())
}

async fn send(site: &Site, tenant: &TenantId, offer: &str) -> Result<Offer, Status> {
    let request = SendOfferRequest { offer_id: offer.to_owned(), ..SendOfferRequest::default() };
    let answer = offers(site).send_offer(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().offer.unwrap())
}

async fn rescind(site: &Site, tenant: &TenantId, offer: &str) -> Result<Offer, Status> {
    let request = RescindOfferRequest {
        offer_id: offer.to_owned(),
        reason: "budget cut".to_owned(),
        ..RescindOfferRequest::default()
    };
    let answer = offers(site).rescind_offer(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().offer.unwrap())
}

pub(crate) async fn record(site: &Site, tenant: &TenantId, offer: &str, answer: OfferAnswer) -> Result<Offer, Status> {
    let request = RecordOfferAnswerRequest {
        offer_id: offer.to_owned(),
        answer: answer.into(),
        note: "by telephone".to_owned(),
        ..RecordOfferAnswerRequest::default()
    };
    let answer = offers(site).record_offer_answer(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().offer.unwrap())
}

/// An offer that needs nobody's approval, sent to somebody live on a job.
pub(crate) async fn sent_offer(site: &Site, tenant: &TenantId, request: CreateOfferRequest) -> Offer {
    let offer = create(site, tenant, request).await.unwrap();
    assert_eq!(submit(site, tenant, &offer.offer_id).await.unwrap().state(), OfferState::Approved);
    send(site, tenant, &offer.offer_id).await.unwrap()
}

/// An offer that is out, of somebody new on a job of their own.
async fn offered(site: &Site, tenant: &TenantId) -> Offer {
    let application = application(site, tenant).await;
    sent_offer(site, tenant, wanted(site, &application.application_id, &[])).await
}

/// A link to the candidate centre of an application.
async fn door(site: &Site, tenant: &TenantId, application: &str) -> String {
    let request =
        CreateCentreLinkRequest { application_id: application.to_owned(), ..CreateCentreLinkRequest::default() };
    centres(site).create_centre_link(site.request(tenant, Role::Service, request)).await.unwrap().into_inner().token
}

async fn accept(site: &Site, token: &str, revision: &str) -> Result<Centre, Status> {
    let request = AcceptOfferRequest { token: token.to_owned(), revision: revision.to_owned() };
    Ok(centres(site).accept_offer(site.installation_request(request)).await?.into_inner().centre.unwrap())
}

async fn decline(site: &Site, token: &str, revision: &str) -> Result<Centre, Status> {
    let request =
        DeclineOfferRequest { token: token.to_owned(), revision: revision.to_owned(), note: "pay".to_owned() };
    Ok(centres(site).decline_offer(site.installation_request(request)).await?.into_inner().centre.unwrap())
}

async fn job(site: &Site, tenant: &TenantId, job: &str) -> Job {
    let request = GetJobRequest { job_id: job.to_owned() };
    jobs(site).get_job(site.request(tenant, Role::ReadOnly, request)).await.unwrap().into_inner().job.unwrap()
}

async fn state(site: &Site, tenant: &TenantId, application: &str) -> ApplicationState {
    let request = GetApplicationRequest { application_id: application.to_owned(), read_time: None };
    let answer = applications(site).get_application(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().application.unwrap().state()
}

#[tokio::test]
async fn approvers_agree_in_their_order_and_only_then_it_can_be_sent() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let (anna, boris) = (id("user"), id("user"));
    let chain = [anna.clone(), boris.clone()];
    let offer = create(&site, &tenant, wanted(&site, &application.application_id, &chain)).await.unwrap();
    let id = offer.offer_id.as_str();
    assert_eq!((offer.state(), offer.terms_version), (OfferState::Draft, 1));
    assert_eq!(offer.terms.unwrap().position_title, "Java 后端工程师", "the job's, where nothing is said");
    let early = approve(&site, &tenant, id, &anna, 1).await.unwrap_err();
    assert_eq!(refusal(&early), (Code::FailedPrecondition, "OFFER_STATE".to_owned()));

    let pending = submit(&site, &tenant, id).await.unwrap();
    assert_eq!((pending.state(), &pending.awaits_approver), (OfferState::PendingApproval, &anna));
    let open = tasks(&site, &tenant, false).await;
    assert!(is_open(&open[0], TaskKind::OfferApproval) && open[0].why.contains(&anna), "{open:?}");
    let turn = approve(&site, &tenant, id, &boris, 1).await.unwrap_err();
    assert_eq!(refusal(&turn), (Code::PermissionDenied, "NOT_YOUR_TURN".to_owned()));
    assert_eq!(turn.get_error_details().error_info().unwrap().metadata["turn"], anna, "says whose turn it is");
    let stranger = approve(&site, &tenant, id, &super::id("user"), 1).await.unwrap_err();
    assert_eq!(refusal(&stranger), (Code::PermissionDenied, "NOT_AN_APPROVER".to_owned()));

    assert_eq!(approve(&site, &tenant, id, &anna, 1).await.unwrap().awaits_approver, boris);
    assert_eq!(approve(&site, &tenant, id, &anna, 1).await.unwrap().approvals.len(), 1, "once is once");
    let unsent = send(&site, &tenant, id).await.unwrap_err();
    assert_eq!(refusal(&unsent), (Code::FailedPrecondition, "OFFER_STATE".to_owned()));
    let open = tasks(&site, &tenant, false).await;
    assert!(open.len() == 1 && open[0].why.contains(&boris), "a task of their own: {open:?}");
    assert_eq!(approve(&site, &tenant, id, &boris, 1).await.unwrap().state(), OfferState::Approved);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::OfferToProceed]);

    let sent = send(&site, &tenant, id).await.unwrap();
    assert!(sent.state() == OfferState::Sent && sent.send_time.is_some());
    assert!(kinds(&site, &tenant).await.is_empty());
    let steps: Vec<_> = sent.transitions.iter().map(|step| (step.from_state(), step.to_state())).collect();
    assert_eq!(
        steps,
        [
            (OfferState::Draft, OfferState::PendingApproval),
            (OfferState::PendingApproval, OfferState::Approved),
            (OfferState::Approved, OfferState::Sent)
        ]
    );
    let message = requested(&site, &tenant).await.pop().unwrap();
    assert_eq!((message.kind(), message.business_key), (MessageKind::Offer, format!("{id}/offer/1")));
    let facts = message.facts.unwrap();
    assert_eq!((facts.salary_amount.as_str(), facts.salary_currency.as_str()), ("25000.00", "CNY"));
    assert_eq!((facts.salary_period.as_str(), facts.employment_type.as_str()), ("month", "full_time"));
    assert_eq!(facts.answer_by, sent.terms.unwrap().expire_time);
    assert_eq!(site.heard_of::<OfferSent>("ats", &tenant).await.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn a_change_of_terms_after_one_approval_begins_the_chain_anew_and_all_of_it_can_be_read_back() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let (anna, boris) = (id("user"), id("user"));
    let chain = [anna.clone(), boris.clone()];
    let offer = create(&site, &tenant, wanted(&site, &application.application_id, &chain)).await.unwrap();
    let id = offer.offer_id.as_str();
    submit(&site, &tenant, id).await.unwrap();
    approve(&site, &tenant, id, &anna, 1).await.unwrap();
    let raised = raise(&site, &tenant, id, 2_800_000).await.unwrap();
    assert_eq!((raised.state(), raised.terms_version), (OfferState::PendingApproval, 2));
    assert_eq!(raised.awaits_approver, anna, "from the beginning");
    let unread = approve(&site, &tenant, id, &anna, 1).await.unwrap_err();
    assert_eq!(refusal(&unread), (Code::Aborted, "TERMS_CHANGED".to_owned()));
    approve(&site, &tenant, id, &anna, 2).await.unwrap();
    approve(&site, &tenant, id, &boris, 2).await.unwrap();
    // Approved, and changed once more: approved no longer. The same amount again is no change.
    let reopened = raise(&site, &tenant, id, 2_900_000).await.unwrap();
    assert_eq!((reopened.state(), reopened.terms_version), (OfferState::PendingApproval, 3));
    let same = raise(&site, &tenant, id, 2_900_000).await.unwrap();
    assert_eq!(same.etag, reopened.etag);

    let contact = UpdateOfferRequest {
        offer_id: id.to_owned(),
        contact_name: "Robin".to_owned(),
        update_mask: mask(&["contact_name"]),
        ..UpdateOfferRequest::default()
    };
    approve(&site, &tenant, id, &anna, 3).await.unwrap();
    offers(&site).update_offer(site.request(&tenant, Role::Recruiter, contact)).await.unwrap();
    let last = approve(&site, &tenant, id, &boris, 3).await.unwrap();
    assert_eq!((last.state(), last.contact_name.as_str()), (OfferState::Approved, "Robin"), "whom to ask is no term");

    let told: Vec<_> =
        last.approvals.iter().map(|said| (said.approver.clone(), said.terms_version, said.round)).collect();
    let expected = [(&anna, 1, 1), (&anna, 2, 2), (&boris, 2, 2), (&anna, 3, 3), (&boris, 3, 3)];
    assert_eq!(told, expected.map(|(who, terms, round)| (who.clone(), terms, round)));
    let salaries: Vec<_> =
        last.terms_history.iter().map(|had| had.terms.as_ref().unwrap().salary_minor_units).collect();
    assert_eq!(salaries, [2_500_000, 2_800_000, 2_900_000], "what each agreed to");
    assert!(last.transitions.iter().any(|step| step.reason == "changed: salary"), "{:?}", last.transitions);

    send(&site, &tenant, id).await.unwrap();
    let late = raise(&site, &tenant, id, 1).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::FailedPrecondition, "OFFER_STATE".to_owned()), "it is in the candidate's hand");
    site.finish().await;
}

#[tokio::test]
async fn who_does_not_agree_gives_it_back_to_its_author() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let anna = id("user");
    let offer =
        create(&site, &tenant, wanted(&site, &application.application_id, std::slice::from_ref(&anna))).await.unwrap();
    submit(&site, &tenant, &offer.offer_id).await.unwrap();
    let request = RefuseOfferRequest {
        offer_id: offer.offer_id.clone(),
        terms_version: 1,
        reason: "above the band".to_owned(),
        request_id: String::new(),
    };
    let refused = offers(&site).refuse_offer(by(&site, &tenant, &anna, request)).await.unwrap();
    let refused = refused.into_inner().offer.unwrap();
    assert_eq!((refused.state(), refused.approvals[0].approved), (OfferState::Draft, false));
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::OfferToProceed]);
    raise(&site, &tenant, &offer.offer_id, 2_000_000).await.unwrap();
    submit(&site, &tenant, &offer.offer_id).await.unwrap();
    let agreed = approve(&site, &tenant, &offer.offer_id, &anna, 2).await.unwrap();
    assert_eq!((agreed.state(), agreed.approvals.len()), (OfferState::Approved, 2));
    site.finish().await;
}

#[tokio::test]
async fn the_chain_is_the_tenants_where_none_is_named_and_nobody_agrees_with_themselves() {
    let site = site().await;
    let tenant = site.tenant();
    let (anna, boris) = (id("user"), id("user"));
    let set = UpdateSettingsRequest {
        settings: Some(Settings { default_offer_approvers: vec![anna.clone(), boris.clone()], ..Settings::default() }),
        update_mask: mask(&["default_offer_approvers"]),
        ..UpdateSettingsRequest::default()
    };
    settings(&site).update_settings(site.request(&tenant, Role::Admin, set.clone())).await.unwrap();
    let twice = UpdateSettingsRequest {
        settings: Some(Settings { default_offer_approvers: vec![anna.clone(); 2], ..Settings::default() }),
        ..set
    };
    let refused = settings(&site).update_settings(site.request(&tenant, Role::Admin, twice)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::InvalidArgument, "APPROVER_REPEATED".to_owned()));

    let first = application(&site, &tenant).await.application_id;
    let offer = create(&site, &tenant, wanted(&site, &first, &[])).await.unwrap();
    assert_eq!(offer.approvers, [anna.clone(), boris.clone()]);
    let second = application(&site, &tenant).await.application_id;
    let token = site.token_for(&tenant, Role::Recruiter, &anna, TimeDelta::days(1));
    let as_anna = |request| {
        let mut request = tonic::Request::new(request);
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    };
    let named = wanted(&site, &second, &[boris.clone(), anna.clone()]);
    let own = offers(&site).create_offer(as_anna(named)).await.unwrap_err();
    assert_eq!(refusal(&own), (Code::InvalidArgument, "APPROVER_IS_AUTHOR".to_owned()));
    let left = offers(&site).create_offer(as_anna(wanted(&site, &second, &[]))).await.unwrap().into_inner();
    assert_eq!(left.offer.unwrap().approvers, [boris], "the tenant's, but for the author");
    let repeated = wanted(&site, &id("app"), &[anna.clone(), anna]);
    let missing = create(&site, &tenant, repeated).await.unwrap_err();
    assert_eq!(refusal(&missing), (Code::NotFound, "APPLICATION_NOT_FOUND".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn an_application_has_one_open_offer_and_only_while_it_is_live() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let application = application(&site, &tenant).await.application_id;
    let outcomes = at_once(6, &site, |site| {
        let request = wanted(&site, &application, &[]);
        async move { create(&site, &tenant, request).await }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let mut made = None;
    for outcome in outcomes {
        match outcome {
            Ok(offer) => made = Some(offer),
            Err(refused) => assert_eq!(refusal(&refused), (Code::AlreadyExists, "OFFER_EXISTS".to_owned())),
        }
    }
    let vague = CreateOfferRequest {
        terms: Some(OfferTerms { salary_currency: "XXX".to_owned(), ..terms(&site, 30) }),
        ..wanted(&site, &application, &[])
    };
    let refused = create(&site, &tenant, vague).await.unwrap_err();
    assert_eq!(
        (refusal(&refused).1.as_str(), fields(&refused)),
        ("CURRENCY_UNKNOWN", vec!["terms.salary_currency".to_owned()])
    );

    rescind(&site, &tenant, &made.unwrap().offer_id).await.unwrap();
    assert!(said(&site, &tenant).await.is_empty(), "who has no offer in hand is told nothing");
    create(&site, &tenant, wanted(&site, &application, &[])).await.unwrap();
    let list = ListOffersRequest {
        application_id: application.clone(),
        state: OfferState::Rescinded.into(),
        ..ListOffersRequest::default()
    };
    let listed = offers(&site).list_offers(site.request(&tenant, Role::Recruiter, list)).await.unwrap().into_inner();
    assert_eq!(listed.offers.len(), 1);

    let reject = RejectApplicationRequest {
        application_id: application.clone(),
        reason: "no".to_owned(),
        ..RejectApplicationRequest::default()
    };
    applications(&site).reject_application(site.request(&tenant, Role::Recruiter, reject)).await.unwrap();
    let over = create(&site, &tenant, wanted(&site, &application, &[])).await.unwrap_err();
    assert_eq!(refusal(&over), (Code::FailedPrecondition, "APPLICATION_STATE".to_owned()));
    assert!(kinds(&site, &tenant).await.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn who_accepts_is_hired_the_opening_closes_and_everybody_hears_what_they_need() {
    let site = site().await;
    let tenant = site.tenant();
    let opened = open_job(&site, &tenant).await;
    let chosen = apply(&site, &tenant, &opened, &id("cand")).await.unwrap();
    let other = apply(&site, &tenant, &opened, &id("cand")).await.unwrap();
    let meeting = schedule(&site, &tenant, meeting(&site, &chosen.application_id, 300)).await.unwrap();
    let offer = sent_offer(&site, &tenant, wanted(&site, &chosen.application_id, &[])).await;
    let token = door(&site, &tenant, &chosen.application_id).await;
    let page = look(&site, &token).await.unwrap();
    assert_eq!(page.start_time, meeting.start_time, "the interview to come is there as well");
    let seen = page.offer.clone().unwrap();
    assert!(seen.can_accept && seen.can_decline && seen.state() == OfferState::Sent);
    assert_eq!((seen.terms.clone(), seen.answer_by), (offer.terms.clone(), offer.terms.as_ref().unwrap().expire_time));
    assert_eq!(look(&site, &token).await.unwrap(), page, "a look changes nothing");

    let after = accept(&site, &token, &seen.revision).await.unwrap().offer.unwrap();
    assert!(after.state() == OfferState::Accepted && !after.can_accept && !after.can_decline);
    assert_eq!(accept(&site, &token, &seen.revision).await.unwrap().offer.unwrap(), after, "a double tap");
    let other_way = decline(&site, &token, &after.revision).await.unwrap_err();
    assert_eq!(refusal(&other_way), (Code::FailedPrecondition, "OFFER_STATE".to_owned()));

    assert_eq!(state(&site, &tenant, &chosen.application_id).await, ApplicationState::Hired);
    let told = said(&site, &tenant).await;
    assert_eq!(told, [MessageKind::InterviewInvitation, MessageKind::Offer, MessageKind::InterviewCancelled]);
    let filled = job(&site, &tenant, &opened).await;
    assert_eq!((filled.filled, filled.state()), (1, JobState::Closed));
    let closed = site.heard_of::<JobClosed>("ats", &tenant).await;
    assert_eq!(closed[0].reason, "all openings are filled");
    let open = tasks(&site, &tenant, false).await;
    let [task] = open.as_slice() else { panic!("one who waits: {open:?}") };
    assert!(is_open(task, TaskKind::TellJobClosed) && task.application_id == other.application_id);
    assert!(task.why.contains("filled"), "{task:?}");

    let hired = site.heard_of::<Hired>("ats", &tenant).await;
    let [event] = hired.as_slice() else { panic!("hired once: {hired:?}") };
    let terms = offer.terms.unwrap();
    let expected = Hired {
        application_id: chosen.application_id.clone(),
        job_id: opened.clone(),
        candidate_id: chosen.candidate_id.clone(),
        offer_id: offer.offer_id.clone(),
        onboarding_id: event.onboarding_id.clone(),
        job_title: "Java 后端工程师".to_owned(),
        position_title: "Java 后端工程师".to_owned(),
        company_name: "晨光科技".to_owned(),
        employment_type: EmploymentType::FullTime.into(),
        location: "上海".to_owned(),
        start_date: terms.start_date,
        time_zone: "Asia/Shanghai".to_owned(),
        salary_minor_units: 2_500_000,
        salary_currency: "CNY".to_owned(),
        salary_period: SalaryPeriod::Month.into(),
        owner: filled.owner,
        source: "talent_pool".to_owned(),
        hire_time: read(&site, &tenant, &offer.offer_id).await.answer_time,
        apply_time: chosen.create_time,
    };
    assert!(event.onboarding_id.starts_with("onb_"));
    assert_eq!(event, &expected);
    let ended = site.heard_of::<ApplicationEnded>("ats", &tenant).await;
    assert_eq!((ended[0].state(), ended[0].by_candidate), (ApplicationState::Hired, true));
    let answers = site.heard_of::<OfferAnswered>("ats", &tenant).await;
    assert_eq!((answers.len(), answers[0].answer(), answers[0].by_candidate), (1, OfferAnswer::Accepted, true));
    site.finish().await;
}

#[tokio::test]
async fn accepted_at_once_however_often_it_is_one_hire() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let offer = offered(&site, &tenant).await;
    let token = door(&site, &tenant, &offer.application_id).await;
    let revision = look(&site, &token).await.unwrap().offer.unwrap().revision;
    let outcomes = at_once(8, &site, |site| {
        let (token, revision) = (token.clone(), revision.clone());
        async move { accept(&site, &token, &revision).await }
    })
    .await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().unwrap().offer.as_ref().unwrap().state() == OfferState::Accepted)
    );
    assert_eq!(site.heard_of::<Hired>("ats", &tenant).await.len(), 1);
    assert_eq!(job(&site, &tenant, &offer.job_id).await.filled, 1);
    finish(site).await;
}

#[tokio::test]
async fn two_who_accept_the_last_opening_at_once_are_both_hired_and_the_team_is_told() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let opened = open_job(&site, &tenant).await;
    let mut out = Vec::new();
    for _ in 0..2 {
        let application = apply(&site, &tenant, &opened, &id("cand")).await.unwrap();
        out.push(sent_offer(&site, &tenant, wanted(&site, &application.application_id, &[])).await.offer_id);
    }
    let running: Vec<_> = out
        .iter()
        .map(|offer| {
            let (site, offer) = (Arc::clone(&site), offer.clone());
            tokio::spawn(async move { record(&site, &tenant, &offer, OfferAnswer::Accepted).await })
        })
        .collect();
    for one in running {
        assert_eq!(one.await.unwrap().unwrap().state(), OfferState::Accepted, "what was promised is kept");
    }
    let job = job(&site, &tenant, &opened).await;
    assert_eq!((job.openings, job.filled, job.state()), (1, 2, JobState::Closed));
    assert_eq!(site.heard_of::<Hired>("ats", &tenant).await.len(), 2);
    assert_eq!(site.heard_of::<JobClosed>("ats", &tenant).await.len(), 1);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::OpeningsExceeded]);
    finish(site).await;
}

#[tokio::test]
async fn a_job_with_openings_left_stays_open() {
    let site = site().await;
    let tenant = site.tenant();
    let request = site.request(&tenant, Role::Recruiter, CreateJobRequest { openings: 2, ..requisition("Rust") });
    let made = jobs(&site).create_job(request).await.unwrap().into_inner().job.unwrap();
    open(&site, &tenant, &made.job_id).await.unwrap();
    let application = apply(&site, &tenant, &made.job_id, &id("cand")).await.unwrap();
    let offer = sent_offer(&site, &tenant, wanted(&site, &application.application_id, &[])).await;
    record(&site, &tenant, &offer.offer_id, OfferAnswer::Accepted).await.unwrap();
    let after = job(&site, &tenant, &made.job_id).await;
    assert_eq!((after.filled, after.state()), (1, JobState::Open));
    assert!(kinds(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn who_declines_stays_an_applicant_and_may_be_offered_more() {
    let site = site().await;
    let tenant = site.tenant();
    let offer = offered(&site, &tenant).await;
    let token = door(&site, &tenant, &offer.application_id).await;
    let revision = look(&site, &token).await.unwrap().offer.unwrap().revision;
    let stale = decline(&site, &token, "offer_x.v1").await.unwrap_err();
    assert_eq!(refusal(&stale), (Code::Aborted, "REVISION_OUTDATED".to_owned()));
    let after = decline(&site, &token, &revision).await.unwrap().offer.unwrap();
    assert_eq!(after.state(), OfferState::Declined);
    assert_eq!(read(&site, &tenant, &offer.offer_id).await.candidate_note, "pay");
    assert_eq!(state(&site, &tenant, &offer.application_id).await, ApplicationState::Active);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::OfferNotTaken]);

    let better = sent_offer(&site, &tenant, wanted(&site, &offer.application_id, &[])).await;
    assert!(kinds(&site, &tenant).await.is_empty(), "a new offer answers the old one's end");
    let wrong = accept(&site, &token, &revision).await.unwrap_err();
    assert_eq!(refusal(&wrong).1, "REVISION_OUTDATED", "an answer to one offer is none to the next");
    record(&site, &tenant, &better.offer_id, OfferAnswer::Accepted).await.unwrap();
    assert_eq!(site.heard_of::<Hired>("ats", &tenant).await.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn an_offer_expires_by_the_clock_and_somebody_is_told() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let offer = offered(&site, &tenant).await;
    let token = door(&site, &tenant, &offer.application_id).await;
    let revision = look(&site, &token).await.unwrap().offer.unwrap().revision;
    pass(&site, 71).await;
    assert!(look(&site, &token).await.unwrap().offer.unwrap().can_accept);
    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::OfferNotTaken]).await;
    assert_eq!(read(&site, &tenant, &offer.offer_id).await.state(), OfferState::Expired);
    let late = accept(&site, &token, &revision).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::FailedPrecondition, "OFFER_EXPIRED".to_owned()));
    let late = record(&site, &tenant, &offer.offer_id, OfferAnswer::Accepted).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::FailedPrecondition, "OFFER_EXPIRED".to_owned()));
    let shown = look(&site, &token).await.unwrap().offer.unwrap();
    assert!(shown.state() == OfferState::Expired && !shown.can_accept && !shown.can_decline);
    let closed = site.heard_of::<OfferClosed>("ats", &tenant).await;
    assert_eq!((closed.len(), closed[0].state(), closed[0].was_sent), (1, OfferState::Expired, true));
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer]);
    site.finish().await;
}

#[tokio::test]
async fn an_answer_after_the_time_is_refused_even_when_the_timer_is_late() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let offer = offered(&site, &tenant).await;
    // As if the timers had not been looked at for a day.
    let db = site.db("ats");
    let ctx = chassis::TenantCtx::service(tenant, "ats");
    let mut tx = db.begin(&ctx).await.unwrap();
    sqlx::query("UPDATE timers SET due_time = due_time + interval '1 day'").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    let token = door(&site, &tenant, &offer.application_id).await;
    let revision = look(&site, &token).await.unwrap().offer.unwrap().revision;
    pass(&site, 72).await;
    assert_eq!(read(&site, &tenant, &offer.offer_id).await.state(), OfferState::Sent, "nobody has looked yet");
    assert_eq!(look(&site, &token).await.unwrap().offer.unwrap().state(), OfferState::Expired, "the clock decides");
    let late = accept(&site, &token, &revision).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::FailedPrecondition, "OFFER_EXPIRED".to_owned()));
    pass(&site, 24).await;
    stands(&site, &tenant, &[TaskKind::OfferNotTaken]).await;
    site.finish().await;
}

#[tokio::test]
async fn accepted_or_expired_but_never_both() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let mut out = Vec::new();
    for _ in 0..6 {
        let offer = offered(&site, &tenant).await;
        let token = door(&site, &tenant, &offer.application_id).await;
        let revision = look(&site, &token).await.unwrap().offer.unwrap().revision;
        out.push((offer.offer_id, token, revision));
    }
    // The last second, and the clock moves while they answer.
    let last = Duration::from_secs(72 * 3_600) - Duration::from_millis(500);
    site.clock().advance(last).unwrap();
    let running: Vec<_> = out
        .iter()
        .map(|(_, token, revision)| {
            let (site, token, revision) = (Arc::clone(&site), token.clone(), revision.clone());
            tokio::spawn(async move { accept(&site, &token, &revision).await })
        })
        .collect();
    site.clock().advance(Duration::from_secs(1)).unwrap();
    let mut accepted = 0;
    for (one, (offer, ..)) in running.into_iter().zip(&out) {
        match one.await.unwrap() {
            Ok(_) => {
                accepted += 1;
                assert_eq!(read(&site, &tenant, offer).await.state(), OfferState::Accepted);
            }
            Err(late) => assert_eq!(refusal(&late).1, "OFFER_EXPIRED"),
        }
    }
    pass(&site, 1).await;
    assert_eq!(site.heard_of::<Hired>("ats", &tenant).await.len(), accepted);
    assert_eq!(site.heard_of::<OfferClosed>("ats", &tenant).await.len(), out.len() - accepted);
    finish(site).await;
}

#[tokio::test]
async fn two_approvers_at_once_keep_to_their_order() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let chain = [id("user"), id("user")];
    let offer = create(&site, &tenant, wanted(&site, &application.application_id, &chain)).await.unwrap().offer_id;
    submit(&site, &tenant, &offer).await.unwrap();
    let running: Vec<_> = (0..8)
        .map(|place| {
            let (site, offer, user) = (Arc::clone(&site), offer.clone(), chain[place % 2].clone());
            tokio::spawn(async move { approve(&site, &tenant, &offer, &user, 1).await })
        })
        .collect();
    for one in running {
        if let Err(refused) = one.await.unwrap() {
            assert_eq!(refusal(&refused).1, "NOT_YOUR_TURN");
        }
    }
    // Whoever came too early comes again.
    approve(&site, &tenant, &offer, &chain[1], 1).await.unwrap();
    let agreed = read(&site, &tenant, &offer).await;
    assert_eq!(agreed.state(), OfferState::Approved);
    assert_eq!(agreed.approvals.iter().map(|said| said.approver.clone()).collect::<Vec<_>>(), chain);
    finish(site).await;
}

#[tokio::test]
async fn what_is_taken_back_is_told_to_whoever_had_it_in_hand() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let offer = offered(&site, &tenant).await;
    let token = door(&site, &tenant, &offer.application_id).await;
    let revision = look(&site, &token).await.unwrap().offer.unwrap().revision;
    rescind(&site, &tenant, &offer.offer_id).await.unwrap();
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer, MessageKind::OfferRescinded]);
    let refused = accept(&site, &token, &revision).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "OFFER_STATE".to_owned()));
    let shown = look(&site, &token).await.unwrap().offer.unwrap();
    assert_eq!(shown.state(), OfferState::Rescinded);
    pass(&site, 100).await;
    assert!(kinds(&site, &tenant).await.is_empty(), "what is taken back does not expire");

    // Whoever withdraws gives the offer up, and knows.
    let second = offered(&site, &tenant).await;
    let withdraw = WithdrawApplicationRequest {
        application_id: second.application_id.clone(),
        ..WithdrawApplicationRequest::default()
    };
    applications(&site).withdraw_application(site.request(&tenant, Role::Recruiter, withdraw)).await.unwrap();
    assert_eq!(read(&site, &tenant, &second.offer_id).await.state(), OfferState::Rescinded);
    let closed = site.heard_of::<OfferClosed>("ats", &tenant).await;
    assert_eq!(closed.iter().map(OfferClosed::state).collect::<Vec<_>>(), [OfferState::Rescinded; 2]);
    site.finish().await;
}

#[tokio::test]
async fn an_offer_whose_time_has_passed_is_not_sent() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let offer = create(&site, &tenant, wanted(&site, &application.application_id, &[])).await.unwrap().offer_id;
    submit(&site, &tenant, &offer).await.unwrap();
    pass(&site, 72).await;
    let late = send(&site, &tenant, &offer).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::FailedPrecondition, "OFFER_EXPIRED".to_owned()));
    let request = UpdateOfferRequest {
        offer_id: offer.clone(),
        terms: Some(OfferTerms { expire_time: stamp(later(&site, 48)), ..OfferTerms::default() }),
        update_mask: mask(&["terms.expire_time"]),
        ..UpdateOfferRequest::default()
    };
    let moved = offers(&site).update_offer(site.request(&tenant, Role::Recruiter, request)).await.unwrap().into_inner();
    assert_eq!(moved.offer.unwrap().state(), OfferState::Approved, "nobody has to agree to it");
    send(&site, &tenant, &offer).await.unwrap();
    site.finish().await;
}

#[tokio::test]
async fn what_becomes_of_the_mail_is_known_and_what_did_not_arrive_needs_a_person() {
    let site = site().await;
    let tenant = site.tenant();
    let offer = offered(&site, &tenant).await;
    let draft = requested(&site, &tenant).await.pop().unwrap();
    let refused = MessageRefused {
        message_id: id("msg"),
        kind: draft.kind,
        candidate_id: draft.candidate_id.clone(),
        application_id: draft.application_id.clone(),
        reason: "NO_ADDRESS".to_owned(),
        business_key: draft.business_key.clone(),
        ..MessageRefused::default()
    };
    site.say("outreach", &tenant, &refused.message_id, &refused).await;
    site.settle().await;
    let open = tasks(&site, &tenant, false).await;
    assert!(open.len() == 1 && is_open(&open[0], TaskKind::MessageRefused) && open[0].why.contains("NO_ADDRESS"));
    sent(&site, &tenant).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    assert!(read(&site, &tenant, &offer.offer_id).await.message_time.is_some(), "silence counts from here");

    record(&site, &tenant, &offer.offer_id, OfferAnswer::Declined).await.unwrap();
    let failed = MessageFailed {
        message_id: id("msg"),
        kind: draft.kind,
        candidate_id: draft.candidate_id,
        application_id: draft.application_id,
        reason: "CHANNEL_REJECTED".to_owned(),
        business_key: draft.business_key,
        ..MessageFailed::default()
    };
    site.say("outreach", &tenant, &failed.message_id, &failed).await;
    site.settle().await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::OfferNotTaken], "an answered offer need not arrive");
    site.finish().await;
}

#[tokio::test]
async fn the_centre_tells_a_candidate_nothing_of_how_an_offer_came_about() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let anna = id("user");
    let token = door(&site, &tenant, &application.application_id).await;
    let empty = look(&site, &token).await.unwrap();
    assert_eq!((empty.job_title.as_str(), empty.offer, empty.can_confirm), ("Java 后端工程师", None, false));
    let offer =
        create(&site, &tenant, wanted(&site, &application.application_id, std::slice::from_ref(&anna))).await.unwrap();
    submit(&site, &tenant, &offer.offer_id).await.unwrap();
    assert_eq!(look(&site, &token).await.unwrap().offer, None, "what is not sent is not there");
    let nothing = accept(&site, &token, "x").await.unwrap_err();
    assert_eq!(refusal(&nothing), (Code::NotFound, "OFFER_NOT_FOUND".to_owned()));
    approve(&site, &tenant, &offer.offer_id, &anna, 1).await.unwrap();
    send(&site, &tenant, &offer.offer_id).await.unwrap();
    let shown = look(&site, &token).await.unwrap();
    let text = format!("{shown:?}");
    assert!(!text.contains(&anna) && !text.contains(&offer.author), "{text}");
    let interview_only = confirm(&site, &token, "v1").await.unwrap_err();
    assert_eq!(refusal(&interview_only), (Code::FailedPrecondition, "INTERVIEW_STATE".to_owned()));
    // Through the link of an interview the offer is there as well.
    let interview = schedule(&site, &tenant, meeting(&site, &application.application_id, 24)).await.unwrap();
    let through = link(&site, &tenant, &interview.interview_id).await;
    assert_eq!(look(&site, &through).await.unwrap().offer, shown.offer);
    let neither = CreateCentreLinkRequest::default();
    let refused = centres(&site).create_centre_link(site.request(&tenant, Role::Service, neither)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::InvalidArgument, "SUBJECT_REQUIRED".to_owned()));
    // The link lasts a week beyond the first day.
    pass(&site, (30 + 6) * 24).await;
    look(&site, &token).await.expect_err("made before there was an offer, it lasts 30 days");
    site.finish().await;
}
