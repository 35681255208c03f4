//! The edge's neighbours, as simple as they can be played.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use chassis::{Caller, Error, House, Parts, Schema, Service, wire};
use chrono::{DateTime, TimeDelta, Utc};
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::{accounts::v1 as accounts, ats::v1 as ats, talent::v1 as talent};

/// The one link that works.
pub(crate) const LINK: &str = "good.link-1";
/// The candidate of every task.
pub(crate) const CANDIDATE: &str = "cand_01h455vb4pex5vsknk084sn02q";
/// A colleague.
pub(crate) const COLLEAGUE: &str = "user_01h455vb4pex5vsknk084sn02q";

/// Plays ats: one interview behind one link, and some tasks.
#[derive(Debug, Clone)]
pub(crate) struct Ats(Arc<Mutex<Book>>);

/// What it keeps.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) centre: ats::Centre,
    /// How often the centre was looked at.
    pub(crate) looks: usize,
    /// What took effect.
    pub(crate) acts: Vec<String>,
    pub(crate) tasks: Vec<ats::Task>,
    /// Who asked for tasks or pressed their buttons.
    pub(crate) callers: Vec<String>,
    /// The trace that the last call belonged to.
    pub(crate) traceparent: String,
    pub(crate) away: bool,
}

impl Default for Ats {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Book {
            centre: centre(),
            looks: 0,
            acts: Vec::new(),
            tasks: vec![task()],
            callers: Vec::new(),
            traceparent: String::new(),
            away: false,
        })))
    }
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn centre() -> ats::Centre {
    ats::Centre {
        company_name: "星云智能".to_owned(),
        job_title: "Java 后端工程师".to_owned(),
        state: ats::InterviewState::Scheduled.into(),
        start_time: Some(wire::timestamp(at("2027-03-04T06:00:00Z"))),
        duration: Some(wire::duration(TimeDelta::minutes(60))),
        time_zone: "Asia/Shanghai".to_owned(),
        place: "上海市徐汇区示例路 88 号 3 楼".to_owned(),
        link: "https://meet.example.com/x?a=1&b=2".to_owned(),
        interviewers: vec![ats::Interviewer {
            display_name: "陈静".to_owned(),
            title: "后端负责人".to_owned(),
            ..ats::Interviewer::default()
        }],
        materials: vec!["身份证".to_owned()],
        contact_name: "王芳".to_owned(),
        contact_channel: "+86 138-0013-8000".to_owned(),
        answer_by: Some(wire::timestamp(at("2027-03-02T10:00:00Z"))),
        revision: "r1".to_owned(),
        can_confirm: true,
        can_request_other_time: true,
        can_decline: true,
        can_withdraw: true,
        ..ats::Centre::default()
    }
}

/// An offer that can be answered.
pub(crate) fn offer() -> ats::CentreOffer {
    ats::CentreOffer {
        terms: Some(ats::OfferTerms {
            position_title: "Java 后端工程师".to_owned(),
            employment_type: ats::EmploymentType::FullTime.into(),
            start_date: "2027-04-01".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            salary_minor_units: 2_500_000,
            salary_currency: "CNY".to_owned(),
            salary_period: ats::SalaryPeriod::Month.into(),
            location: "上海市徐汇区".to_owned(),
            benefits: "年终奖 <两个月>".to_owned(),
            expire_time: None,
        }),
        state: ats::OfferState::Sent.into(),
        answer_by: Some(wire::timestamp(at("2027-03-10T10:00:00Z"))),
        can_accept: true,
        can_decline: true,
        revision: "offer_x.v4".to_owned(),
        contact_name: "王芳".to_owned(),
        contact_channel: "+86 138-0013-8000".to_owned(),
        salary_amount: "25000.00".to_owned(),
    }
}

pub(crate) fn task() -> ats::Task {
    ats::Task {
        task_id: "task_01h455vb4pex5vsknk084sn02q".to_owned(),
        kind: ats::TaskKind::InvitationUnanswered.into(),
        state: ats::TaskState::Open.into(),
        candidate_id: CANDIDATE.to_owned(),
        why: "No answer for 24 hours".to_owned(),
        suggestion: "Call the candidate".to_owned(),
        create_time: Some(wire::timestamp(at("2026-03-02T10:00:00Z"))),
        ..ats::Task::default()
    }
}

impl Ats {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    fn open<M>(&self, request: &Request<M>, token: &str) -> Result<MutexGuard<'_, Book>, Error> {
        let mut book = self.book();
        let traceparent = request.metadata().get("traceparent").map(|value| value.to_str().unwrap());
        traceparent.unwrap_or_default().clone_into(&mut book.traceparent);
        if book.away {
            return Err(Error::unavailable("AWAY", "away for a moment"));
        }
        if token != LINK {
            return Err(Error::unauthenticated("LINK_INVALID", "the link does not work"));
        }
        Ok(book)
    }

    fn act<M>(
        &self,
        request: &Request<M>,
        (token, revision): (&str, &str),
        act: String,
        state: ats::InterviewState,
    ) -> Result<ats::Centre, Error> {
        let mut book = self.open(request, token)?;
        if revision != book.centre.revision {
            return Err(Error::aborted("REVISION_OUTDATED", "the interview has changed"));
        }
        if book.centre.state() == ats::InterviewState::Concluded {
            return Err(Error::failed_precondition("INTERVIEW_STATE", "it is over"));
        }
        book.acts.push(act);
        book.centre.state = state.into();
        book.centre.revision = format!("r{}", book.acts.len() + 1);
        Ok(book.centre.clone())
    }

    fn answer_offer<M>(
        &self,
        request: &Request<M>,
        (token, revision): (&str, &str),
        act: String,
        state: ats::OfferState,
    ) -> Result<ats::Centre, Error> {
        let mut book = self.open(request, token)?;
        let Some(offer) = book.centre.offer.as_mut() else {
            return Err(Error::not_found("OFFER_NOT_FOUND", "there is none"));
        };
        match offer.state() {
            ats::OfferState::Sent if offer.revision == revision => {}
            ats::OfferState::Sent => return Err(Error::aborted("REVISION_OUTDATED", "the offer has changed")),
            ats::OfferState::Expired => return Err(Error::failed_precondition("OFFER_EXPIRED", "it is too late")),
            _ => return Err(Error::failed_precondition("OFFER_STATE", "it is answered")),
        }
        offer.state = state.into();
        offer.can_accept = false;
        offer.can_decline = false;
        book.acts.push(act);
        Ok(book.centre.clone())
    }

    fn work<M>(&self, request: &Request<M>) -> Result<MutexGuard<'_, Book>, Error> {
        let caller = Caller::of(request)?;
        let mut book = self.book();
        book.callers.push(caller.actor.to_string());
        if book.away {
            return Err(Error::unavailable("AWAY", "away for a moment"));
        }
        Ok(book)
    }
}

#[async_trait]
impl Service for Ats {
    fn name(&self) -> &'static str {
        "ats"
    }

    fn schema(&self) -> Option<Schema> {
        None
    }

    async fn open(&self, _: House) -> anyhow::Result<Parts> {
        use ats::{
            candidate_centre_service_server::CandidateCentreServiceServer, task_service_server::TaskServiceServer,
        };
        let routes = Routes::new(CandidateCentreServiceServer::new(self.clone()))
            .add_service(TaskServiceServer::new(self.clone()));
        Ok(Parts { routes, ..Parts::default() })
    }
}

#[async_trait]
impl ats::candidate_centre_service_server::CandidateCentreService for Ats {
    async fn batch_create_centre_links(
        &self,
        _: Request<ats::BatchCreateCentreLinksRequest>,
    ) -> Result<Response<ats::BatchCreateCentreLinksResponse>, Status> {
        unneeded()
    }

    async fn create_centre_link(
        &self,
        _: Request<ats::CreateCentreLinkRequest>,
    ) -> Result<Response<ats::CreateCentreLinkResponse>, Status> {
        Err(Status::unimplemented("the edge makes no links"))
    }

    async fn get_centre(
        &self,
        request: Request<ats::GetCentreRequest>,
    ) -> Result<Response<ats::GetCentreResponse>, Status> {
        let mut book = self.open(&request, &request.get_ref().token)?;
        book.looks += 1;
        Ok(Response::new(ats::GetCentreResponse { centre: Some(book.centre.clone()) }))
    }

    async fn confirm_interview(
        &self,
        request: Request<ats::ConfirmInterviewRequest>,
    ) -> Result<Response<ats::ConfirmInterviewResponse>, Status> {
        let said = request.get_ref();
        let given = (said.token.as_str(), said.revision.as_str());
        let centre = self.act(&request, given, "confirm".to_owned(), ats::InterviewState::Confirmed)?;
        Ok(Response::new(ats::ConfirmInterviewResponse { centre: Some(centre) }))
    }

    async fn request_other_time(
        &self,
        request: Request<ats::RequestOtherTimeRequest>,
    ) -> Result<Response<ats::RequestOtherTimeResponse>, Status> {
        let said = request.get_ref();
        let given = (said.token.as_str(), said.revision.as_str());
        let act = format!("other time: {}", said.note);
        let centre = self.act(&request, given, act, ats::InterviewState::OtherTimeRequested)?;
        Ok(Response::new(ats::RequestOtherTimeResponse { centre: Some(centre) }))
    }

    async fn take_offered_time(
        &self,
        request: Request<ats::TakeOfferedTimeRequest>,
    ) -> Result<Response<ats::TakeOfferedTimeResponse>, Status> {
        let said = request.get_ref();
        let start = said.start_time.unwrap();
        if !self.book().centre.offered_times.contains(&start) {
            return Err(Error::failed_precondition("TIME_NOT_OFFERED", "somebody has it").into());
        }
        let given = (said.token.as_str(), said.revision.as_str());
        let act = format!("take: {}", wire::instant("start_time", &start).unwrap());
        let centre = self.act(&request, given, act, ats::InterviewState::Confirmed)?;
        Ok(Response::new(ats::TakeOfferedTimeResponse { centre: Some(centre) }))
    }

    async fn decline_interview(
        &self,
        request: Request<ats::DeclineInterviewRequest>,
    ) -> Result<Response<ats::DeclineInterviewResponse>, Status> {
        let said = request.get_ref();
        let given = (said.token.as_str(), said.revision.as_str());
        let act = format!("decline: {} {}", said.reason().as_str_name(), said.note);
        let centre = self.act(&request, given, act, ats::InterviewState::Declined)?;
        Ok(Response::new(ats::DeclineInterviewResponse { centre: Some(centre) }))
    }

    async fn withdraw_from_job(
        &self,
        request: Request<ats::WithdrawFromJobRequest>,
    ) -> Result<Response<ats::WithdrawFromJobResponse>, Status> {
        let said = request.get_ref();
        let given = (said.token.as_str(), said.revision.as_str());
        let act = format!("withdraw: {}", said.note);
        let centre = self.act(&request, given, act, ats::InterviewState::Cancelled)?;
        Ok(Response::new(ats::WithdrawFromJobResponse { centre: Some(centre) }))
    }

    async fn accept_offer(
        &self,
        request: Request<ats::AcceptOfferRequest>,
    ) -> Result<Response<ats::AcceptOfferResponse>, Status> {
        let said = request.get_ref();
        let given = (said.token.as_str(), said.revision.as_str());
        let centre = self.answer_offer(&request, given, "accept the offer".to_owned(), ats::OfferState::Accepted)?;
        Ok(Response::new(ats::AcceptOfferResponse { centre: Some(centre) }))
    }

    async fn decline_offer(
        &self,
        request: Request<ats::DeclineOfferRequest>,
    ) -> Result<Response<ats::DeclineOfferResponse>, Status> {
        let said = request.get_ref();
        let given = (said.token.as_str(), said.revision.as_str());
        let act = format!("decline the offer: {}", said.note);
        let centre = self.answer_offer(&request, given, act, ats::OfferState::Declined)?;
        Ok(Response::new(ats::DeclineOfferResponse { centre: Some(centre) }))
    }
}

#[async_trait]
impl ats::task_service_server::TaskService for Ats {
    async fn list_tasks(
        &self,
        request: Request<ats::ListTasksRequest>,
    ) -> Result<Response<ats::ListTasksResponse>, Status> {
        let book = self.work(&request)?;
        let next_page_token = if request.get_ref().page_token.is_empty() { "page/2" } else { "" }.to_owned();
        Ok(Response::new(ats::ListTasksResponse { tasks: book.tasks.clone(), next_page_token }))
    }

    async fn claim_task(
        &self,
        request: Request<ats::ClaimTaskRequest>,
    ) -> Result<Response<ats::ClaimTaskResponse>, Status> {
        let caller = Caller::of(&request)?;
        let mut book = self.work(&request)?;
        let said = request.into_inner();
        let task = book.tasks.iter_mut().find(|task| task.task_id == said.task_id);
        let task = task.ok_or_else(|| Error::not_found("TASK_NOT_FOUND", "there is no such task"))?;
        if !task.claimed_by.is_empty() && task.claimed_by != caller.actor.as_str() {
            return Err(Error::failed_precondition("TASK_CLAIMED", "somebody has it").into());
        }
        task.claimed_by = caller.actor.to_string();
        let task = Some(task.clone());
        book.acts.push(format!("claim {}", said.request_id));
        Ok(Response::new(ats::ClaimTaskResponse { task }))
    }

    async fn complete_task(
        &self,
        request: Request<ats::CompleteTaskRequest>,
    ) -> Result<Response<ats::CompleteTaskResponse>, Status> {
        let mut book = self.work(&request)?;
        let said = request.into_inner();
        let Some(place) = book.tasks.iter().position(|task| task.task_id == said.task_id) else {
            return Err(Error::failed_precondition("TASK_DONE", "it is done").into());
        };
        let task = Some(book.tasks.remove(place));
        book.acts.push(format!("complete {}", said.request_id));
        Ok(Response::new(ats::CompleteTaskResponse { task }))
    }

    async fn get_task(&self, _: Request<ats::GetTaskRequest>) -> Result<Response<ats::GetTaskResponse>, Status> {
        Err(Status::unimplemented("the page has no use for it"))
    }

    async fn release_task(
        &self,
        _: Request<ats::ReleaseTaskRequest>,
    ) -> Result<Response<ats::ReleaseTaskResponse>, Status> {
        Err(Status::unimplemented("the page has no use for it"))
    }

    async fn assign_task(
        &self,
        _: Request<ats::AssignTaskRequest>,
    ) -> Result<Response<ats::AssignTaskResponse>, Status> {
        Err(Status::unimplemented("the page has no use for it"))
    }

    async fn snooze_task(
        &self,
        _: Request<ats::SnoozeTaskRequest>,
    ) -> Result<Response<ats::SnoozeTaskResponse>, Status> {
        Err(Status::unimplemented("the page has no use for it"))
    }

    type WatchTasksStream = futures::stream::BoxStream<'static, Result<ats::WatchTasksResponse, Status>>;

    async fn watch_tasks(
        &self,
        _: Request<ats::WatchTasksRequest>,
    ) -> Result<Response<Self::WatchTasksStream>, Status> {
        Err(Status::unimplemented("the page has no use for it"))
    }
}

/// Plays talent: one person with a hostile name.
#[derive(Debug)]
pub(crate) struct Talent;

#[async_trait]
impl Service for Talent {
    fn name(&self) -> &'static str {
        "talent"
    }

    fn schema(&self) -> Option<Schema> {
        None
    }

    async fn open(&self, _: House) -> anyhow::Result<Parts> {
        let routes = Routes::new(talent::candidate_service_server::CandidateServiceServer::new(Self));
        Ok(Parts { routes, ..Parts::default() })
    }
}

fn unneeded<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("the edge does not call this"))
}

#[async_trait]
impl talent::candidate_service_server::CandidateService for Talent {
    async fn create_candidate(
        &self,
        _: Request<talent::CreateCandidateRequest>,
    ) -> Result<Response<talent::CreateCandidateResponse>, Status> {
        unneeded()
    }

    async fn get_candidate(
        &self,
        request: Request<talent::GetCandidateRequest>,
    ) -> Result<Response<talent::GetCandidateResponse>, Status> {
        assert_eq!(request.get_ref().candidate_id, CANDIDATE);
        assert!(Caller::of(&request)?.actor.as_str().starts_with("user_"), "names are asked for by the person");
        let candidate = talent::Candidate {
            display_name: "<script>alert('李雷')</script>".to_owned(),
            ..talent::Candidate::default()
        };
        Ok(Response::new(talent::GetCandidateResponse { candidate: Some(candidate) }))
    }

    async fn list_candidates(
        &self,
        _: Request<talent::ListCandidatesRequest>,
    ) -> Result<Response<talent::ListCandidatesResponse>, Status> {
        unneeded()
    }

    async fn update_candidate(
        &self,
        _: Request<talent::UpdateCandidateRequest>,
    ) -> Result<Response<talent::UpdateCandidateResponse>, Status> {
        unneeded()
    }

    async fn record_consent(
        &self,
        _: Request<talent::RecordConsentRequest>,
    ) -> Result<Response<talent::RecordConsentResponse>, Status> {
        unneeded()
    }

    async fn list_consents(
        &self,
        _: Request<talent::ListConsentsRequest>,
    ) -> Result<Response<talent::ListConsentsResponse>, Status> {
        unneeded()
    }

    async fn list_timeline_entries(
        &self,
        _: Request<talent::ListTimelineEntriesRequest>,
    ) -> Result<Response<talent::ListTimelineEntriesResponse>, Status> {
        unneeded()
    }

    async fn get_recipient(
        &self,
        _: Request<talent::GetRecipientRequest>,
    ) -> Result<Response<talent::GetRecipientResponse>, Status> {
        unneeded()
    }

    async fn batch_get_recipients(
        &self,
        _: Request<talent::BatchGetRecipientsRequest>,
    ) -> Result<Response<talent::BatchGetRecipientsResponse>, Status> {
        unneeded()
    }
}

/// Plays the part of accounts that knows companies and colleagues; the keys are served by the site itself.
#[derive(Debug)]
pub(crate) struct Accounts;

#[async_trait]
impl Service for Accounts {
    fn name(&self) -> &'static str {
        "people"
    }

    fn schema(&self) -> Option<Schema> {
        None
    }

    async fn open(&self, _: House) -> anyhow::Result<Parts> {
        use accounts::{tenant_service_server::TenantServiceServer, user_service_server::UserServiceServer};
        let routes = Routes::new(TenantServiceServer::new(Self)).add_service(UserServiceServer::new(Self));
        Ok(Parts { routes, ..Parts::default() })
    }
}

#[async_trait]
impl accounts::tenant_service_server::TenantService for Accounts {
    async fn create_tenant(
        &self,
        _: Request<accounts::CreateTenantRequest>,
    ) -> Result<Response<accounts::CreateTenantResponse>, Status> {
        unneeded()
    }

    async fn get_tenant(
        &self,
        _: Request<accounts::GetTenantRequest>,
    ) -> Result<Response<accounts::GetTenantResponse>, Status> {
        let tenant = accounts::Tenant {
            display_name: "星云智能".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            ..accounts::Tenant::default()
        };
        Ok(Response::new(accounts::GetTenantResponse { tenant: Some(tenant) }))
    }
}

#[async_trait]
impl accounts::user_service_server::UserService for Accounts {
    async fn create_user(
        &self,
        _: Request<accounts::CreateUserRequest>,
    ) -> Result<Response<accounts::CreateUserResponse>, Status> {
        unneeded()
    }

    async fn get_user(
        &self,
        request: Request<accounts::GetUserRequest>,
    ) -> Result<Response<accounts::GetUserResponse>, Status> {
        let display_name = if request.get_ref().user_id == COLLEAGUE { "赵敏" } else { "someone" }.to_owned();
        let user = accounts::User { display_name, ..accounts::User::default() };
        Ok(Response::new(accounts::GetUserResponse { user: Some(user) }))
    }

    async fn list_users(
        &self,
        _: Request<accounts::ListUsersRequest>,
    ) -> Result<Response<accounts::ListUsersResponse>, Status> {
        unneeded()
    }

    async fn update_user(
        &self,
        _: Request<accounts::UpdateUserRequest>,
    ) -> Result<Response<accounts::UpdateUserResponse>, Status> {
        unneeded()
    }
}
