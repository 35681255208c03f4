//! `usher.ats.v1.CandidateCentreService`: the link is the credential, so each method enters by it.

use chassis::{Actor, Db, TenantCtx, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    Centre as Shown, ConfirmInterviewRequest, ConfirmInterviewResponse, CreateCentreLinkRequest,
    CreateCentreLinkResponse, DeclineInterviewRequest, DeclineInterviewResponse, GetCentreRequest, GetCentreResponse,
    RequestOtherTimeRequest, RequestOtherTimeResponse, TakeOfferedTimeRequest, TakeOfferedTimeResponse,
    WithdrawFromJobRequest, WithdrawFromJobResponse, candidate_centre_service_server::CandidateCentreService,
};

use super::convert;
use crate::{
    commands,
    domain::{
        cadence::Cadence,
        interview::{Interview, InterviewId},
        link::{self, LinkKey},
    },
    store,
};

pub struct Centre {
    pub db: Db,
    pub cadence: Cadence,
    pub key: LinkKey,
}

impl Centre {
    /// Opens a transaction in the candidate's name for the interview that a link opens.
    async fn enter(&self, token: &str) -> chassis::Result<(TenantTx, InterviewId)> {
        let (tenant, link) = self.key.read(token)?;
        let mut tx = self.db.begin(&TenantCtx { tenant, actor: Actor::candidate() }).await?;
        let interview = store::links::interview(&mut tx, link).await?.ok_or_else(link::invalid)?;
        Ok((tx, interview))
    }
}

async fn show(tx: &mut TenantTx, interview: Interview) -> chassis::Result<Shown> {
    let job = store::jobs::get(tx, interview.job_id).await?;
    let policy = store::settings::get(tx).await?.reschedule_policy;
    Ok(convert::centre(interview, job, &policy, tx.tenant(), tx.now()))
}

/// Makes an answer durable and shows what stands after it.
async fn keep(mut tx: TenantTx, interview: Interview) -> chassis::Result<Shown> {
    let shown = show(&mut tx, interview).await?;
    tx.commit().await?;
    Ok(shown)
}

#[tonic::async_trait]
impl CandidateCentreService for Centre {
    async fn create_centre_link(
        &self,
        request: Request<CreateCentreLinkRequest>,
    ) -> Result<Response<CreateCentreLinkResponse>, Status> {
        let key = self.key.clone();
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let (token, expires) = commands::link::run(tx, &key, request).await?;
                Ok(CreateCentreLinkResponse { token, expire_time: Some(wire::timestamp(expires)) })
            })
        });
        answer.await
    }

    async fn get_centre(&self, request: Request<GetCentreRequest>) -> Result<Response<GetCentreResponse>, Status> {
        let (mut tx, id) = self.enter(&request.get_ref().token).await?;
        let is_first = commands::answer::viewed(&mut tx, &self.cadence, id).await?;
        let interview = store::interviews::get(&mut tx, id).await?;
        let centre = Some(show(&mut tx, interview).await?);
        if is_first {
            tx.commit().await?;
        }
        Ok(Response::new(GetCentreResponse { centre }))
    }

    async fn confirm_interview(
        &self,
        request: Request<ConfirmInterviewRequest>,
    ) -> Result<Response<ConfirmInterviewResponse>, Status> {
        let request = request.into_inner();
        let (mut tx, id) = self.enter(&request.token).await?;
        let interview = commands::answer::confirm(&mut tx, &self.cadence, id, &request.revision).await?;
        Ok(Response::new(ConfirmInterviewResponse { centre: Some(keep(tx, interview).await?) }))
    }

    async fn request_other_time(
        &self,
        request: Request<RequestOtherTimeRequest>,
    ) -> Result<Response<RequestOtherTimeResponse>, Status> {
        let request = request.into_inner();
        let (mut tx, id) = self.enter(&request.token).await?;
        let (cadence, reason) = (&self.cadence, request.reason());
        let interview =
            commands::answer::request_other_time(&mut tx, cadence, id, &request.revision, reason, request.note).await?;
        Ok(Response::new(RequestOtherTimeResponse { centre: Some(keep(tx, interview).await?) }))
    }

    async fn take_offered_time(
        &self,
        request: Request<TakeOfferedTimeRequest>,
    ) -> Result<Response<TakeOfferedTimeResponse>, Status> {
        let request = request.into_inner();
        let (mut tx, id) = self.enter(&request.token).await?;
        let time = wire::required_instant("start_time", request.start_time.as_ref())?;
        let interview = commands::answer::take(&mut tx, &self.cadence, id, &request.revision, time).await?;
        Ok(Response::new(TakeOfferedTimeResponse { centre: Some(keep(tx, interview).await?) }))
    }

    async fn decline_interview(
        &self,
        request: Request<DeclineInterviewRequest>,
    ) -> Result<Response<DeclineInterviewResponse>, Status> {
        let request = request.into_inner();
        let (mut tx, id) = self.enter(&request.token).await?;
        let reason = request.reason();
        let interview =
            commands::answer::decline(&mut tx, &self.cadence, id, &request.revision, reason, request.note).await?;
        Ok(Response::new(DeclineInterviewResponse { centre: Some(keep(tx, interview).await?) }))
    }

    async fn withdraw_from_job(
        &self,
        request: Request<WithdrawFromJobRequest>,
    ) -> Result<Response<WithdrawFromJobResponse>, Status> {
        let request = request.into_inner();
        let (mut tx, id) = self.enter(&request.token).await?;
        let interview = commands::answer::withdraw(&mut tx, &self.cadence, id, &request.revision, request.note).await?;
        Ok(Response::new(WithdrawFromJobResponse { centre: Some(keep(tx, interview).await?) }))
    }
}
