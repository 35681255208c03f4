//! `usher.ats.v1.CadenceService`.

use chassis::{Db, Error};
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    DryRunCadenceRequest, DryRunCadenceResponse, GetFollowUpRequest, GetFollowUpResponse, ListNoShowsRequest,
    ListNoShowsResponse, cadence_service_server::CadenceService,
};

use super::convert;
use crate::{commands::update_settings::rule, domain::cadence::Cadence, queries};

pub struct Cadences {
    pub db: Db,
    pub cadence: Cadence,
}

#[tonic::async_trait]
impl CadenceService for Cadences {
    async fn dry_run_cadence(
        &self,
        request: Request<DryRunCadenceRequest>,
    ) -> Result<Response<DryRunCadenceResponse>, Status> {
        let answer = self.db.read(request, |tx, mut request| {
            Box::pin(async move {
                let asked =
                    request.rule.take().ok_or_else(|| Error::invalid("rule", "FIELD_REQUIRED", "is required"))?;
                let rehearsal = queries::cadences::dry_run(tx, rule("rule", asked)?, &request).await?;
                Ok(convert::rehearsal(&rehearsal))
            })
        });
        answer.await
    }

    async fn get_follow_up(
        &self,
        request: Request<GetFollowUpRequest>,
    ) -> Result<Response<GetFollowUpResponse>, Status> {
        let cadence = self.cadence;
        let answer = self.db.read(request, move |tx, request| {
            Box::pin(async move {
                let (moments, planned) = queries::cadences::follow_up(tx, &cadence, &request).await?;
                Ok(GetFollowUpResponse {
                    moments: moments.into_iter().map(convert::moment).collect(),
                    planned: planned.into_iter().map(convert::planned).collect(),
                })
            })
        });
        answer.await
    }

    async fn list_no_shows(
        &self,
        request: Request<ListNoShowsRequest>,
    ) -> Result<Response<ListNoShowsResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let (missed, next_page_token) = queries::cadences::no_shows(tx, &request).await?;
                let no_shows =
                    missed.into_iter().map(|(interview, ledger)| convert::no_show(interview, ledger)).collect();
                Ok(ListNoShowsResponse { no_shows, next_page_token })
            })
        });
        answer.await
    }
}
