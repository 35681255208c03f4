//! `usher.talent.v1.ContactBriefService`.

use chassis::wire;
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    BatchGetContactBriefsRequest, BatchGetContactBriefsResponse, GetContactBriefRequest, GetContactBriefResponse,
    contact_brief_service_server::ContactBriefService,
};

use super::{Desk, convert};
use crate::{domain::candidate::CandidateId, store};

pub struct Briefs(pub(super) Desk);

#[tonic::async_trait]
impl ContactBriefService for Briefs {
    async fn get_contact_brief(
        &self,
        request: Request<GetContactBriefRequest>,
    ) -> Result<Response<GetContactBriefResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let id: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
                store::candidates::check(tx, id).await?;
                let briefs = store::briefs::of(tx, &[id]).await?;
                Ok(GetContactBriefResponse { brief: briefs.into_iter().next().map(convert::brief) })
            })
        });
        read.await
    }

    async fn batch_get_contact_briefs(
        &self,
        request: Request<BatchGetContactBriefsRequest>,
    ) -> Result<Response<BatchGetContactBriefsResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let id = |(place, text): (usize, &String)| wire::id(&format!("candidate_ids[{place}]"), text);
                let ids: Vec<CandidateId> =
                    request.candidate_ids.iter().enumerate().map(id).collect::<chassis::Result<_>>()?;
                let briefs = store::briefs::of(tx, &ids).await?;
                Ok(BatchGetContactBriefsResponse { briefs: briefs.into_iter().map(convert::brief).collect() })
            })
        });
        read.await
    }
}
