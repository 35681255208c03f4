//! `usher.talent.v1.CandidateService`.

use chassis::wire;
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    CreateCandidateRequest, CreateCandidateResponse, GetCandidateRequest, GetCandidateResponse, GetRecipientRequest,
    GetRecipientResponse, ListCandidatesRequest, ListCandidatesResponse, ListTimelineEntriesRequest,
    ListTimelineEntriesResponse, SearchCandidatesRequest, SearchCandidatesResponse, UpdateCandidateRequest,
    UpdateCandidateResponse, candidate_service_server::CandidateService,
};

use super::{Desk, convert};
use crate::{commands, queries, store};

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
                Ok(CreateCandidateResponse { candidate: Some(convert::candidate(candidate)) })
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
                let candidate = store::candidates::get(tx, &key, id).await?;
                Ok(GetCandidateResponse { candidate: Some(convert::candidate(candidate)) })
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
                let (candidates, next_page_token) =
                    queries::list_candidates(tx, &key, request.page_size, &request.page_token).await?;
                let candidates = candidates.into_iter().map(convert::candidate).collect();
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
                Ok(UpdateCandidateResponse { candidate: Some(convert::candidate(candidate)) })
            })
        });
        write.await
    }

    async fn search_candidates(
        &self,
        request: Request<SearchCandidatesRequest>,
    ) -> Result<Response<SearchCandidatesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let (candidates, next_page_token, total_size) = queries::search_candidates(tx, &key, &request).await?;
                let candidates = candidates.into_iter().map(convert::candidate).collect();
                Ok(SearchCandidatesResponse { candidates, next_page_token, total_size })
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
                Ok(convert::recipient(store::candidates::get(tx, &key, id).await?))
            })
        });
        read.await
    }
}
