//! `usher.ats.v1.OfferService`.

use chassis::{Db, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    ApproveOfferRequest, ApproveOfferResponse, CreateOfferRequest, CreateOfferResponse, GetOfferRequest,
    GetOfferResponse, ListOffersRequest, ListOffersResponse, Offer as Shown, RecordOfferAnswerRequest,
    RecordOfferAnswerResponse, RefuseOfferRequest, RefuseOfferResponse, RescindOfferRequest, RescindOfferResponse,
    SendOfferRequest, SendOfferResponse, SubmitOfferRequest, SubmitOfferResponse, UpdateOfferRequest,
    UpdateOfferResponse, offer_service_server::OfferService,
};

use super::convert;
use crate::{
    commands,
    domain::{cadence::Cadence, offer::Offer},
    queries, store,
};

pub struct Offers {
    pub db: Db,
    pub cadence: Cadence,
}

#[tonic::async_trait]
impl OfferService for Offers {
    async fn create_offer(
        &self,
        request: Request<CreateOfferRequest>,
    ) -> Result<Response<CreateOfferResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let offer = commands::create_offer::run(tx, request).await?;
                whole(tx, offer).await.map(|offer| CreateOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn get_offer(&self, request: Request<GetOfferRequest>) -> Result<Response<GetOfferResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let offer = store::offers::get(tx, wire::id("offer_id", &request.offer_id)?).await?;
                whole(tx, offer).await.map(|offer| GetOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn list_offers(&self, request: Request<ListOffersRequest>) -> Result<Response<ListOffersResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let (offers, next_page_token) = queries::list_offers(tx, &request).await?;
                Ok(ListOffersResponse { offers: offers.into_iter().map(convert::offer).collect(), next_page_token })
            })
        });
        answer.await
    }

    async fn update_offer(
        &self,
        request: Request<UpdateOfferRequest>,
    ) -> Result<Response<UpdateOfferResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let offer = commands::offer_changes::update(tx, request).await?;
                whole(tx, offer).await.map(|offer| UpdateOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn submit_offer(
        &self,
        request: Request<SubmitOfferRequest>,
    ) -> Result<Response<SubmitOfferResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let offer = commands::offer_changes::submit(tx, request).await?;
                whole(tx, offer).await.map(|offer| SubmitOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn approve_offer(
        &self,
        request: Request<ApproveOfferRequest>,
    ) -> Result<Response<ApproveOfferResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let offer = commands::offer_changes::approve(tx, request).await?;
                whole(tx, offer).await.map(|offer| ApproveOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn refuse_offer(
        &self,
        request: Request<RefuseOfferRequest>,
    ) -> Result<Response<RefuseOfferResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let offer = commands::offer_changes::refuse(tx, request).await?;
                whole(tx, offer).await.map(|offer| RefuseOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn send_offer(&self, request: Request<SendOfferRequest>) -> Result<Response<SendOfferResponse>, Status> {
        let cadence = self.cadence;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let offer = commands::offer_changes::send(tx, &cadence, request).await?;
                whole(tx, offer).await.map(|offer| SendOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn rescind_offer(
        &self,
        request: Request<RescindOfferRequest>,
    ) -> Result<Response<RescindOfferResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let offer = commands::offer_changes::rescind(tx, request).await?;
                whole(tx, offer).await.map(|offer| RescindOfferResponse { offer: Some(offer) })
            })
        });
        answer.await
    }

    async fn record_offer_answer(
        &self,
        request: Request<RecordOfferAnswerRequest>,
    ) -> Result<Response<RecordOfferAnswerResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let offer = commands::offer_answer::record(tx, request).await?;
                whole(tx, offer).await.map(|offer| RecordOfferAnswerResponse { offer: Some(offer) })
            })
        });
        answer.await
    }
}

/// An offer with its history.
async fn whole(tx: &mut TenantTx, offer: Offer) -> chassis::Result<Shown> {
    let transitions = store::offers::transitions(tx, offer.id).await?;
    let approvals = store::offers::approvals(tx, offer.id).await?;
    let terms = store::offers::terms(tx, offer.id).await?;
    Ok(convert::offer_with_history(offer, transitions, approvals, terms))
}
