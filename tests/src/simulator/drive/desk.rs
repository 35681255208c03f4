//! A recruiter's calls. What the suite refuses ends the simulation, but where a refusal is what is looked for.

use chassis::{TenantId, wire};
use chrono::{DateTime, Utc};
use testkit::Site;
use tonic::{Request, Status, transport::Channel};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        Attendance, CancelInterviewRequest, CompleteTaskRequest, CreateApplicationRequest, CreateOfferRequest,
        Interviewer, ListTasksRequest, MoveApplicationRequest, OfferTerms, OfferTimesRequest, RecordAttendanceRequest,
        RejectApplicationRequest, SalaryPeriod, ScheduleInterviewRequest, SendOfferRequest, SubmitOfferRequest, Task,
        application_service_client::ApplicationServiceClient, interview_service_client::InterviewServiceClient,
        offer_service_client::OfferServiceClient, task_service_client::TaskServiceClient,
    },
    outreach::v1::{
        MessageDraft, MessageFacts, MessageKind, SendMessageRequest, message_service_client::MessageServiceClient,
    },
    talent::v1::{
        CandidateProfile, ConsentPurpose, CreateCandidateRequest, RecordConsentRequest, RecordExternalActivityRequest,
        candidate_service_client::CandidateServiceClient,
        external_activity_service_client::ExternalActivityServiceClient,
    },
};

use super::office::{INTRODUCTIONS, NUDGE, NUDGE_TEXT};
use crate::simulator::{calendar::ZONE, world::Person};

/// Longer than any simulation.
const LIFETIME: chrono::TimeDelta = chrono::TimeDelta::days(900);
/// How a candidate reaches a recruiter.
const CONTACT: (&str, &str) = ("Rita Recruiter", "+65 5550 0100");

/// A recruiter at work.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The tenant.
    pub tenant: TenantId,
    /// The way to the suite.
    pub channel: Channel,
    /// Who they are.
    pub user: String,
    bearer: tonic::metadata::MetadataValue<tonic::metadata::Ascii>,
}

impl Desk {
    /// A recruiter or an admin of that tenant, of that number.
    pub fn of(site: &Site, tenant: TenantId, role: Role, number: u128) -> Self {
        let user = TenantId(uuid::Uuid::from_u128(number)).to_string().replace("tenant_", "user_");
        let token = site.token_for(&tenant, role, &user, LIFETIME);
        let bearer = format!("Bearer {token}").parse().expect("a token fits a header");
        Self { tenant, channel: site.channel(), user, bearer }
    }

    /// A call in their name.
    pub fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }

    /// Adds somebody to the pool, who agrees to be written to. Their id.
    pub async fn add(&self, person: &Person) -> String {
        let profile = CandidateProfile {
            display_name: person.name.clone(),
            email: person.email.clone(),
            language: person.language.into(),
            time_zone: ZONE.to_owned(),
            source: person.source().to_owned(),
            ..CandidateProfile::default()
        };
        let request = CreateCandidateRequest { profile: Some(profile), request_id: String::new() };
        let mut candidates = CandidateServiceClient::new(self.channel.clone());
        let made = candidates.create_candidate(self.request(request)).await.expect("a candidate").into_inner();
        made.candidate.expect("they are told").candidate_id
    }

    /// Writes down that they agree to hear of openings.
    pub async fn consent(&self, candidate: &str) {
        let request = RecordConsentRequest {
            candidate_id: candidate.to_owned(),
            purpose: ConsentPurpose::Opportunities.into(),
            granted: true,
            evidence: "form".to_owned(),
            ..RecordConsentRequest::default()
        };
        let mut candidates = CandidateServiceClient::new(self.channel.clone());
        candidates.record_consent(self.request(request)).await.expect("a consent");
    }

    /// Writes down that something new was seen of them.
    pub async fn sight(&self, candidate: &str) {
        let request = RecordExternalActivityRequest {
            candidate_id: candidate.to_owned(),
            source: "github".to_owned(),
            text: "A scheduler in Rust".to_owned(),
            ..RecordExternalActivityRequest::default()
        };
        let mut sightings = ExternalActivityServiceClient::new(self.channel.clone());
        sightings.record_external_activity(self.request(request)).await.expect("a sighting");
    }

    /// Somebody applies. The application.
    pub async fn apply(&self, candidate: &str, job: &str, source: &str) -> String {
        let request = CreateApplicationRequest {
            job_id: job.to_owned(),
            candidate_id: candidate.to_owned(),
            source: source.to_owned(),
            request_id: String::new(),
        };
        let mut applications = ApplicationServiceClient::new(self.channel.clone());
        let made = applications.create_application(self.request(request)).await.expect("an application").into_inner();
        made.application.expect("it is told").application_id
    }

    /// Moves an application to another stage.
    pub async fn advance(&self, application: &str, stage: &str) {
        let request = MoveApplicationRequest {
            application_id: application.to_owned(),
            to_stage: stage.to_owned(),
            ..MoveApplicationRequest::default()
        };
        let mut applications = ApplicationServiceClient::new(self.channel.clone());
        applications.move_application(self.request(request)).await.expect("a move");
    }

    /// Ends an application.
    pub async fn reject(&self, application: &str) {
        let request = RejectApplicationRequest {
            application_id: application.to_owned(),
            reason: "another one fits better".to_owned(),
            ..RejectApplicationRequest::default()
        };
        let mut applications = ApplicationServiceClient::new(self.channel.clone());
        applications.reject_application(self.request(request)).await.expect("a rejection");
    }

    /// Arranges an interview with every fact. Its id.
    pub async fn arrange(&self, application: &str, start: DateTime<Utc>, person: &Person) -> String {
        let introduction = INTRODUCTIONS[usize::from(!person.is_english())];
        let guest = Interviewer { display_name: "Min Zhou".to_owned(), ..Interviewer::default() };
        let request = ScheduleInterviewRequest {
            application_id: application.to_owned(),
            start_time: Some(wire::timestamp(start)),
            time_zone: ZONE.to_owned(),
            place: "Harbour Road 8, 3rd floor".to_owned(),
            interviewers: vec![guest],
            contact_name: CONTACT.0.to_owned(),
            contact_channel: CONTACT.1.to_owned(),
            team_introduction: introduction.to_owned(),
            ..ScheduleInterviewRequest::default()
        };
        let mut interviews = InterviewServiceClient::new(self.channel.clone());
        let made = interviews.schedule_interview(self.request(request)).await.expect("an interview").into_inner();
        made.interview.expect("it is told").interview_id
    }

    /// Offers other times.
    pub async fn offer_times(&self, interview: &str, times: &[DateTime<Utc>]) {
        let request = OfferTimesRequest {
            interview_id: interview.to_owned(),
            start_times: times.iter().copied().map(wire::timestamp).collect(),
            ..OfferTimesRequest::default()
        };
        let mut interviews = InterviewServiceClient::new(self.channel.clone());
        interviews.offer_times(self.request(request)).await.expect("other times");
    }

    /// Calls an interview off.
    pub async fn cancel(&self, interview: &str) {
        let request = CancelInterviewRequest {
            interview_id: interview.to_owned(),
            reason: "no time was found".to_owned(),
            request_id: String::new(),
        };
        let mut interviews = InterviewServiceClient::new(self.channel.clone());
        interviews.cancel_interview(self.request(request)).await.expect("a cancellation");
    }

    /// Writes down who came.
    pub async fn record(&self, interview: &str, attendance: Attendance) {
        let request = RecordAttendanceRequest {
            interview_id: interview.to_owned(),
            attendance: attendance.into(),
            ..RecordAttendanceRequest::default()
        };
        let mut interviews = InterviewServiceClient::new(self.channel.clone());
        interviews.record_attendance(self.request(request)).await.expect("an attendance");
    }

    /// Offers the job. The offer.
    pub async fn offer(&self, application: &str, expires: DateTime<Utc>, first_day: DateTime<Utc>) -> String {
        let terms = OfferTerms {
            start_date: first_day.date_naive().to_string(),
            time_zone: ZONE.to_owned(),
            salary_minor_units: 600_000,
            salary_currency: "SGD".to_owned(),
            salary_period: SalaryPeriod::Month.into(),
            expire_time: Some(wire::timestamp(expires)),
            ..OfferTerms::default()
        };
        let request = CreateOfferRequest {
            application_id: application.to_owned(),
            terms: Some(terms),
            contact_name: CONTACT.0.to_owned(),
            contact_channel: CONTACT.1.to_owned(),
            ..CreateOfferRequest::default()
        };
        let mut offers = OfferServiceClient::new(self.channel.clone());
        let made = offers.create_offer(self.request(request)).await.expect("an offer").into_inner();
        let offer_id = made.offer.expect("it is told").offer_id;
        let request = SubmitOfferRequest { offer_id: offer_id.clone(), ..SubmitOfferRequest::default() };
        offers.submit_offer(self.request(request)).await.expect("nobody has to agree");
        let request = SendOfferRequest { offer_id: offer_id.clone(), ..SendOfferRequest::default() };
        offers.send_offer(self.request(request)).await.expect("it is sent");
        offer_id
    }

    /// Writes to somebody by hand, without saying when or where.
    pub async fn nudge(&self, candidate: &str, application: &str, interview: &str, nth: u64) -> Result<(), Status> {
        let draft = MessageDraft {
            business_key: format!("{interview}/by hand/{nth}"),
            kind: MessageKind::Custom.into(),
            candidate_id: candidate.to_owned(),
            application_id: application.to_owned(),
            interview_id: interview.to_owned(),
            facts: Some(MessageFacts {
                subject: NUDGE.to_owned(),
                body: NUDGE_TEXT.to_owned(),
                ..MessageFacts::default()
            }),
            ..MessageDraft::default()
        };
        let request = SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() };
        MessageServiceClient::new(self.channel.clone()).send_message(self.request(request)).await.map(|_| ())
    }

    /// What stands in the workbench, done or not.
    pub async fn tasks(&self, show_done: bool) -> Vec<Task> {
        let mut client = TaskServiceClient::new(self.channel.clone());
        let (mut tasks, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListTasksRequest { page_size: 1_000, page_token, show_done, ..ListTasksRequest::default() };
            let page = client.list_tasks(self.request(request)).await.expect("tasks").into_inner();
            tasks.extend(page.tasks);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return tasks;
            }
        }
    }

    /// Marks a task as done.
    pub async fn complete(&self, task: &str) {
        let request = CompleteTaskRequest { task_id: task.to_owned(), ..CompleteTaskRequest::default() };
        TaskServiceClient::new(self.channel.clone())
            .complete_task(self.request(request))
            .await
            .expect("a task is done");
    }
}
