//! `usher.talent.v1.SearchService`.

use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    SearchCandidatesRequest, SearchCandidatesResponse, search_service_server::SearchService,
};

use super::{Desk, convert};
use crate::queries;

pub struct Search(pub(super) Desk);

#[tonic::async_trait]
impl SearchService for Search {
    async fn search_candidates(
        &self,
        request: Request<SearchCandidatesRequest>,
    ) -> Result<Response<SearchCandidatesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let (people, next_page_token, total_size) = queries::search_candidates(tx, &key, &request).await?;
                let now = tx.now();
                let candidates = people.into_iter().map(|person| convert::person(person, now)).collect();
                Ok(SearchCandidatesResponse { candidates, next_page_token, total_size })
            })
        });
        read.await
    }
}
