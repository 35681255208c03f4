//! `usher.outreach.v1.TrackingService`.

use chassis::{Db, House, Result as Done, TenantCtx, TenantId, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::{
    outreach::v1::{
        FollowTrackedLinkRequest, FollowTrackedLinkResponse, GetTrackedLinkRequest, GetTrackedLinkResponse,
        ListVisitsRequest, ListVisitsResponse, RecordOpeningRequest, RecordOpeningResponse, Visit as Shown,
        tracking_service_server::TrackingService,
    },
    talent::v1::{ConsentPurpose, GetRecipientRequest, candidate_service_client::CandidateServiceClient},
};

use crate::{
    commands::track::{self, Seen},
    domain::{
        message::{Message, MessageId},
        token::{self, Purpose, Token, TokenKey},
    },
    store,
};

pub struct Tracking {
    pub db: Db,
    pub house: House,
    pub tokens: TokenKey,
}

impl Tracking {
    /// The message that a token names. One that is forgotten leads nowhere, as does a token that is none.
    async fn enter(&self, token: Token) -> Done<(TenantTx, Message)> {
        let mut tx = self.db.begin(&TenantCtx::service(token.tenant, "outreach")).await?;
        let message =
            store::messages::get(&mut tx, MessageId(token.subject)).await.map_err(|error| match error.code() {
                tonic::Code::NotFound => token::invalid(),
                _ => error,
            })?;
        Ok((tx, message))
    }

    async fn consents(&self, tenant: TenantId, message: &Message) -> Done<bool> {
        let peers = &self.house.peers;
        let request = GetRecipientRequest { candidate_id: message.draft.candidate_id.clone() };
        let mut talent = CandidateServiceClient::new(peers.channel("talent")?);
        let reader = talent.get_recipient(peers.request(Some(tenant), request)?).await?.into_inner();
        Ok(reader.consents().any(|purpose| purpose == ConsentPurpose::Tracking))
    }
}

#[tonic::async_trait]
impl TrackingService for Tracking {
    async fn get_tracked_link(
        &self,
        request: Request<GetTrackedLinkRequest>,
    ) -> Result<Response<GetTrackedLinkResponse>, Status> {
        let token = self.tokens.read(Purpose::Link, &request.get_ref().token)?;
        let (_, message) = self.enter(token).await?;
        let url = track::target(&message, token.place)?.to_owned();
        Ok(Response::new(GetTrackedLinkResponse { url, language: message.language }))
    }

    async fn follow_tracked_link(
        &self,
        request: Request<FollowTrackedLinkRequest>,
    ) -> Result<Response<FollowTrackedLinkResponse>, Status> {
        let request = request.into_inner();
        let seen = Seen { visitor: request.visitor(), evidence: request.evidence.clone() };
        let token = self.tokens.read(Purpose::Link, &request.token)?;
        let (mut tx, message) = self.enter(token).await?;
        let url = track::target(&message, token.place)?.to_owned();
        track::followed(&mut tx, &message, token.place, seen).await?;
        tx.commit().await?;
        Ok(Response::new(FollowTrackedLinkResponse { url }))
    }

    async fn record_opening(
        &self,
        request: Request<RecordOpeningRequest>,
    ) -> Result<Response<RecordOpeningResponse>, Status> {
        let request = request.into_inner();
        let seen = Seen { visitor: request.visitor(), evidence: request.evidence.clone() };
        let token = self.tokens.read(Purpose::Open, &request.token)?;
        let (tx, message) = self.enter(token).await?;
        // Nothing is held open while another service is asked.
        drop(tx);
        if self.consents(token.tenant, &message).await? {
            let (mut tx, message) = self.enter(token).await?;
            track::opened(&mut tx, &message, seen).await?;
            tx.commit().await?;
        }
        Ok(Response::new(RecordOpeningResponse {}))
    }

    async fn list_visits(&self, request: Request<ListVisitsRequest>) -> Result<Response<ListVisitsResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let message = store::messages::get(tx, wire::id("message_id", &request.message_id)?).await?;
                let visits = store::visits::of(tx, message.id).await?;
                Ok(ListVisitsResponse { visits: visits.into_iter().map(shown).collect() })
            })
        });
        answer.await
    }
}

fn shown(visit: store::visits::Visit) -> Shown {
    Shown {
        kind: visit.kind.into(),
        visitor: visit.visitor.into(),
        evidence: visit.evidence,
        link: visit.link.into(),
        time: Some(wire::timestamp(visit.time)),
    }
}
