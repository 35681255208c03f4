//! `usher.ats.v1.CandidateCentreService`: the link is the credential, so each method enters by it.

use chassis::{Actor, Db, Error, TenantCtx, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::{
    ats::v1::{
        AcceptOfferRequest, AcceptOfferResponse, ApplicationState, BatchCreateCentreLinksRequest,
        BatchCreateCentreLinksResponse, Centre as Shown, CentreLinkResult, ConfirmInterviewRequest,
        ConfirmInterviewResponse, CreateCentreLinkRequest, CreateCentreLinkResponse, DeclineInterviewRequest,
        DeclineInterviewResponse, DeclineOfferRequest, DeclineOfferResponse, GetCentreRequest, GetCentreResponse,
        OfferAnswer, RequestOtherTimeRequest, RequestOtherTimeResponse, TakeOfferedTimeRequest,
        TakeOfferedTimeResponse, WithdrawFromJobRequest, WithdrawFromJobResponse,
        candidate_centre_service_server::CandidateCentreService,
    },
    outreach::v1::Visitor,
};

use super::convert;
use crate::{
    commands,
    domain::{
        cadence::Cadence,
        interview::{Interview, InterviewId},
        link::{self, LinkKey},
        outlook::outlook,
    },
    store::{self, links::Opens},
};

pub struct Centre {
    pub db: Db,
    pub cadence: Cadence,
    pub key: LinkKey,
}

impl Centre {
    /// Opens a transaction in the candidate's name for what a link opens.
    async fn enter(&self, token: &str) -> chassis::Result<(TenantTx, Opens)> {
        let (tenant, link) = self.key.read(token)?;
        let mut tx = self.db.begin(&TenantCtx { tenant, actor: Actor::candidate() }).await?;
        let opens = store::links::opens(&mut tx, link).await?.ok_or_else(link::invalid)?;
        Ok((tx, opens))
    }

    /// As [`Centre::enter`], for what only an interview takes.
    async fn enter_interview(&self, token: &str) -> chassis::Result<(TenantTx, InterviewId)> {
        let (mut tx, opens) = self.enter(token).await?;
        let interview = current(&mut tx, opens).await?;
        let id = interview.map(|interview| interview.id).ok_or_else(|| {
            Error::failed_precondition("INTERVIEW_STATE", "no interview of this application is to come")
        })?;
        Ok((tx, id))
    }

    async fn answer_offer(
        &self,
        token: &str,
        revision: &str,
        answer: OfferAnswer,
        note: String,
    ) -> chassis::Result<Shown> {
        let (mut tx, opens) = self.enter(token).await?;
        commands::offer_answer::by_candidate(&mut tx, opens.application_id, answer, revision, note).await?;
        let shown = show(&mut tx, opens).await?;
        tx.commit().await?;
        Ok(shown)
    }
}

/// The interview that a link shows: the one that it was made for, or of its application the one that is to come.
async fn current(tx: &mut TenantTx, opens: Opens) -> chassis::Result<Option<Interview>> {
    match opens.interview_id {
        Some(id) => store::interviews::get(tx, id).await.map(Some),
        None => store::interviews::current(tx, opens.application_id).await,
    }
}

async fn show(tx: &mut TenantTx, opens: Opens) -> chassis::Result<Shown> {
    let application = store::applications::get(tx, opens.application_id).await?;
    let job = store::jobs::get(tx, application.job_id).await?;
    let settings = store::settings::get(tx).await?;
    let interview = current(tx, opens).await?;
    let offer = store::offers::last_sent(tx, application.id).await?;
    let held = match &interview {
        Some(_) => None,
        None => store::interviews::last(tx, application.id).await?,
    };
    let seen = interview.as_ref().or(held.as_ref());
    let outlook = outlook(&application, seen, offer.as_ref(), &settings, tx.now());
    let shown = match interview {
        Some(interview) => convert::centre(interview, job, &settings.reschedule_policy, tx.tenant(), tx.now()),
        None => convert::centre_without_interview(&application, job, tx.tenant()),
    };
    Ok(Shown {
        offer: offer.map(|offer| convert::centre_offer(offer, tx.now())),
        progress: outlook.progress.into(),
        next_step: outlook.next.into(),
        next_step_time: outlook.when.map(wire::timestamp),
        // A rejection that nobody has told takes nothing away that can be seen.
        can_withdraw: matches!(application.state, ApplicationState::Active | ApplicationState::Rejected),
        ..shown
    })
}

/// Makes an answer durable and shows what stands after it.
async fn keep(mut tx: TenantTx, interview: Interview) -> chassis::Result<Shown> {
    let opens = Opens { application_id: interview.application_id, interview_id: Some(interview.id) };
    let shown = show(&mut tx, opens).await?;
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

    async fn batch_create_centre_links(
        &self,
        request: Request<BatchCreateCentreLinksRequest>,
    ) -> Result<Response<BatchCreateCentreLinksResponse>, Status> {
        let key = self.key.clone();
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let made = commands::link::run_all(tx, &key, &request.links).await?;
                let result = |made: chassis::Result<commands::link::Link>| match made {
                    Ok((token, expires)) => {
                        CentreLinkResult { token, expire_time: Some(wire::timestamp(expires)), reason: String::new() }
                    }
                    Err(error) => CentreLinkResult { reason: error.reason().to_owned(), ..CentreLinkResult::default() },
                };
                Ok(BatchCreateCentreLinksResponse { results: made.into_iter().map(result).collect() })
            })
        });
        answer.await
    }

    async fn get_centre(&self, request: Request<GetCentreRequest>) -> Result<Response<GetCentreResponse>, Status> {
        let (mut tx, opens) = self.enter(&request.get_ref().token).await?;
        let is_theirs = request.get_ref().visitor() != Visitor::Machine;
        let is_first = match current(&mut tx, opens).await?.filter(|_| is_theirs) {
            Some(interview) => commands::answer::viewed(&mut tx, &self.cadence, interview.id).await?,
            None => false,
        };
        let centre = Some(show(&mut tx, opens).await?);
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
        let (mut tx, id) = self.enter_interview(&request.token).await?;
        let interview = commands::answer::confirm(&mut tx, &self.cadence, id, &request.revision).await?;
        Ok(Response::new(ConfirmInterviewResponse { centre: Some(keep(tx, interview).await?) }))
    }

    async fn request_other_time(
        &self,
        request: Request<RequestOtherTimeRequest>,
    ) -> Result<Response<RequestOtherTimeResponse>, Status> {
        let request = request.into_inner();
        let (mut tx, id) = self.enter_interview(&request.token).await?;
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
        let (mut tx, id) = self.enter_interview(&request.token).await?;
        let time = wire::required_instant("start_time", request.start_time.as_ref())?;
        let interview = commands::answer::take(&mut tx, &self.cadence, id, &request.revision, time).await?;
        Ok(Response::new(TakeOfferedTimeResponse { centre: Some(keep(tx, interview).await?) }))
    }

    async fn decline_interview(
        &self,
        request: Request<DeclineInterviewRequest>,
    ) -> Result<Response<DeclineInterviewResponse>, Status> {
        let request = request.into_inner();
        let (mut tx, id) = self.enter_interview(&request.token).await?;
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
        let (mut tx, opens) = self.enter(&request.token).await?;
        let open = current(&mut tx, opens).await?.filter(|interview| interview.is_open(tx.now()));
        let Some(Interview { id, .. }) = open else {
            commands::answer::withdraw_without_interview(&mut tx, opens.application_id, request.note).await?;
            let centre = Some(show(&mut tx, opens).await?);
            tx.commit().await?;
            return Ok(Response::new(WithdrawFromJobResponse { centre }));
        };
        let interview = commands::answer::withdraw(&mut tx, &self.cadence, id, &request.revision, request.note).await?;
        Ok(Response::new(WithdrawFromJobResponse { centre: Some(keep(tx, interview).await?) }))
    }

    async fn accept_offer(
        &self,
        request: Request<AcceptOfferRequest>,
    ) -> Result<Response<AcceptOfferResponse>, Status> {
        let AcceptOfferRequest { token, revision } = request.into_inner();
        let centre = self.answer_offer(&token, &revision, OfferAnswer::Accepted, String::new()).await?;
        Ok(Response::new(AcceptOfferResponse { centre: Some(centre) }))
    }

    async fn decline_offer(
        &self,
        request: Request<DeclineOfferRequest>,
    ) -> Result<Response<DeclineOfferResponse>, Status> {
        let DeclineOfferRequest { token, revision, note } = request.into_inner();
        let centre = self.answer_offer(&token, &revision, OfferAnswer::Declined, note).await?;
        Ok(Response::new(DeclineOfferResponse { centre: Some(centre) }))
    }
}
