//! `usher.talent.v1.CandidateService`.

use chassis::wire;
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    CreateCandidateRequest, CreateCandidateResponse, GetCandidateRequest, GetCandidateResponse, GetRecipientRequest,
    GetRecipientResponse, ListCandidatesRequest, ListCandidatesResponse, ListConsentsRequest, ListConsentsResponse,
    ListTimelineEntriesRequest, ListTimelineEntriesResponse, RecordConsentRequest, RecordConsentResponse,
    UpdateCandidateRequest, UpdateCandidateResponse, candidate_service_server::CandidateService,
};

use super::{Desk, convert};
use crate::{commands, domain::person::Person, queries, store};

pub struct Candidates(pub(super) Desk);

#[tonic::async_trait]
impl CandidateService for Candidates {
    async fn create_candidate(
        &self,
        request: Request<CreateCandidateRequest>,
    ) -> Result<Response<CreateCandidateResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let candidate = commands::create_candidate::run(tx, &key, request).await?;
                // Nothing else can be known of somebody new.
                Ok(CreateCandidateResponse { candidate: Some(convert::person(Person::new(candidate), tx.now())) })
            })
        });
        write.await
    }

    async fn get_candidate(
        &self,
        request: Request<GetCandidateRequest>,
    ) -> Result<Response<GetCandidateResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = wire::id("candidate_id", &request.candidate_id)?;
                let person = store::people::get(tx, &key, id).await?;
                Ok(GetCandidateResponse { candidate: Some(convert::person(person, tx.now())) })
            })
        });
        read.await
    }

    async fn list_candidates(
        &self,
        request: Request<ListCandidatesRequest>,
    ) -> Result<Response<ListCandidatesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let (people, next_page_token) =
                    queries::list_candidates(tx, &key, request.page_size, &request.page_token).await?;
                let now = tx.now();
                let candidates = people.into_iter().map(|person| convert::person(person, now)).collect();
                Ok(ListCandidatesResponse { candidates, next_page_token })
            })
        });
        read.await
    }

    async fn update_candidate(
        &self,
        request: Request<UpdateCandidateRequest>,
    ) -> Result<Response<UpdateCandidateResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let candidate = commands::update_candidate::run(tx, &key, request).await?;
                let person = store::people::whole(tx, candidate).await?;
                Ok(UpdateCandidateResponse { candidate: Some(convert::person(person, tx.now())) })
            })
        });
        write.await
    }

    async fn record_consent(
        &self,
        request: Request<RecordConsentRequest>,
    ) -> Result<Response<RecordConsentResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let consent = commands::record_consent::run(tx, request).await?;
                Ok(RecordConsentResponse { consent: Some(convert::consent(consent)) })
            })
        });
        write.await
    }

    async fn list_consents(
        &self,
        request: Request<ListConsentsRequest>,
    ) -> Result<Response<ListConsentsResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (consents, next_page_token) = queries::list_consents(tx, &request).await?;
                let consents = consents.into_iter().map(convert::consent).collect();
                Ok(ListConsentsResponse { consents, next_page_token })
            })
        });
        read.await
    }

    async fn list_timeline_entries(
        &self,
        request: Request<ListTimelineEntriesRequest>,
    ) -> Result<Response<ListTimelineEntriesResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (entries, next_page_token) = queries::list_timeline_entries(tx, &request).await?;
                let entries = entries.into_iter().map(convert::entry).collect();
                Ok(ListTimelineEntriesResponse { entries, next_page_token })
            })
        });
        read.await
    }

    async fn get_recipient(
        &self,
        request: Request<GetRecipientRequest>,
    ) -> Result<Response<GetRecipientResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = wire::id("candidate_id", &request.candidate_id)?;
                Ok(convert::recipient(store::people::get(tx, &key, id).await?, tx.now()))
            })
        });
        read.await
    }
}
