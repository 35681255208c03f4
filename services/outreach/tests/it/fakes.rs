//! Those whom outreach asks: talent for the reader, ats for a link.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chassis::{House, Parts, Schema, Service};
use testkit::Voice;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::{ats::v1 as ats, talent::v1 as talent};

fn unneeded<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("outreach does not call this"))
}

/// Plays talent: knows who was introduced, and answers only as often as it is allowed to.
#[derive(Debug, Clone)]
pub(crate) struct Talent {
    people: Arc<Mutex<HashMap<String, talent::GetRecipientResponse>>>,
    answers: Arc<Semaphore>,
    asked: Arc<Mutex<Vec<usize>>>,
}

impl Default for Talent {
    fn default() -> Self {
        Self::answering(100_000)
    }
}

impl Talent {
    /// So many answers, and then it keeps everybody waiting.
    pub(crate) fn answering(times: usize) -> Self {
        Self { people: Arc::default(), answers: Arc::new(Semaphore::new(times)), asked: Arc::default() }
    }

    /// So many more.
    pub(crate) fn allow(&self, times: usize) {
        self.answers.add_permits(times);
    }

    /// Whether everybody who asks now waits.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.answers.available_permits() == 0
    }

    /// How many people were asked for each time that somebody asked.
    pub(crate) fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().clone()
    }

    /// Makes somebody known.
    pub(crate) fn introduce(&self, candidate: &str, person: talent::GetRecipientResponse) {
        self.people.lock().unwrap().insert(candidate.to_owned(), person);
    }
}

#[async_trait]
impl Service for Talent {
    fn name(&self) -> &'static str {
        "talent"
    }

    fn schema(&self) -> Option<Schema> {
        Voice::new("talent").schema()
    }

    /// Besides, tests speak for it.
    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let routes = Routes::new(talent::candidate_service_server::CandidateServiceServer::new(self.clone()));
        Ok(Parts { routes, ..Voice::new("talent").open(house).await? })
    }
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
        _: Request<talent::GetCandidateRequest>,
    ) -> Result<Response<talent::GetCandidateResponse>, Status> {
        unneeded()
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
        request: Request<talent::GetRecipientRequest>,
    ) -> Result<Response<talent::GetRecipientResponse>, Status> {
        self.answers.acquire().await.unwrap().forget();
        let person = self.people.lock().unwrap().get(&request.get_ref().candidate_id).cloned();
        person.map(Response::new).ok_or_else(|| chassis::Error::not_found("CANDIDATE_NOT_FOUND", "unknown").into())
    }

    /// Costs an answer for each who is asked for.
    async fn batch_get_recipients(
        &self,
        request: Request<talent::BatchGetRecipientsRequest>,
    ) -> Result<Response<talent::BatchGetRecipientsResponse>, Status> {
        let ids = request.into_inner().candidate_ids;
        self.asked.lock().unwrap().push(ids.len());
        for _ in &ids {
            self.answers.acquire().await.unwrap().forget();
        }
        let people = self.people.lock().unwrap();
        let known = |candidate_id: String| {
            let reached = people.get(&candidate_id).cloned();
            reached.map(|reached| talent::Recipient { candidate_id, reached: Some(reached) })
        };
        Ok(Response::new(talent::BatchGetRecipientsResponse {
            recipients: ids.into_iter().filter_map(known).collect(),
        }))
    }
}

/// Plays the part of ats that makes links.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Centre;

#[async_trait]
impl Service for Centre {
    fn name(&self) -> &'static str {
        "centre"
    }

    fn schema(&self) -> Option<Schema> {
        None
    }

    async fn open(&self, _: House) -> anyhow::Result<Parts> {
        use ats::candidate_centre_service_server::CandidateCentreServiceServer;
        Ok(Parts { routes: Routes::new(CandidateCentreServiceServer::new(*self)), ..Parts::default() })
    }
}

#[async_trait]
impl ats::candidate_centre_service_server::CandidateCentreService for Centre {
    async fn create_centre_link(
        &self,
        _: Request<ats::CreateCentreLinkRequest>,
    ) -> Result<Response<ats::CreateCentreLinkResponse>, Status> {
        unneeded()
    }

    async fn batch_create_centre_links(
        &self,
        request: Request<ats::BatchCreateCentreLinksRequest>,
    ) -> Result<Response<ats::BatchCreateCentreLinksResponse>, Status> {
        let result = |asked: &ats::CreateCentreLinkRequest| ats::CentreLinkResult {
            token: format!("link-of-{}{}", asked.interview_id, asked.application_id),
            ..ats::CentreLinkResult::default()
        };
        let results = request.get_ref().links.iter().map(result).collect();
        Ok(Response::new(ats::BatchCreateCentreLinksResponse { results }))
    }

    async fn get_centre(&self, _: Request<ats::GetCentreRequest>) -> Result<Response<ats::GetCentreResponse>, Status> {
        unneeded()
    }

    async fn confirm_interview(
        &self,
        _: Request<ats::ConfirmInterviewRequest>,
    ) -> Result<Response<ats::ConfirmInterviewResponse>, Status> {
        unneeded()
    }

    async fn request_other_time(
        &self,
        _: Request<ats::RequestOtherTimeRequest>,
    ) -> Result<Response<ats::RequestOtherTimeResponse>, Status> {
        unneeded()
    }

    async fn take_offered_time(
        &self,
        _: Request<ats::TakeOfferedTimeRequest>,
    ) -> Result<Response<ats::TakeOfferedTimeResponse>, Status> {
        unneeded()
    }

    async fn decline_interview(
        &self,
        _: Request<ats::DeclineInterviewRequest>,
    ) -> Result<Response<ats::DeclineInterviewResponse>, Status> {
        unneeded()
    }

    async fn withdraw_from_job(
        &self,
        _: Request<ats::WithdrawFromJobRequest>,
    ) -> Result<Response<ats::WithdrawFromJobResponse>, Status> {
        unneeded()
    }

    async fn accept_offer(
        &self,
        _: Request<ats::AcceptOfferRequest>,
    ) -> Result<Response<ats::AcceptOfferResponse>, Status> {
        unneeded()
    }

    async fn decline_offer(
        &self,
        _: Request<ats::DeclineOfferRequest>,
    ) -> Result<Response<ats::DeclineOfferResponse>, Status> {
        unneeded()
    }
}
