//! `usher.outreach.v1.SuppressionService`.

use chassis::{Caller, Db, TenantId, peers::Peers};
use tonic::{Request, Response, Status};
use usher_proto::{
    outreach::v1::{
        AddSuppressionRequest, AddSuppressionResponse, LiftSuppressionRequest, LiftSuppressionResponse,
        ListSuppressionsRequest, ListSuppressionsResponse, SuppressionKind,
        suppression_service_server::SuppressionService,
    },
    talent::v1::{GetRecipientRequest, candidate_service_client::CandidateServiceClient},
};

use super::convert;
use crate::{commands, domain::gate::person::Person, queries};

pub struct Suppressions {
    pub db: Db,
    pub peers: Peers,
}

impl Suppressions {
    /// Where the person is reached now, which talent alone knows; only a bounce is about an address.
    async fn address_hash(&self, tenant: TenantId, asked: &AddSuppressionRequest) -> chassis::Result<Option<Vec<u8>>> {
        if asked.kind() != SuppressionKind::HardBounce {
            return Ok(None);
        }
        let request = GetRecipientRequest { candidate_id: asked.candidate_id.clone() };
        let mut talent = CandidateServiceClient::new(self.peers.channel("talent")?);
        let recipient = talent.get_recipient(self.peers.request(Some(tenant), request)?).await?.into_inner();
        Ok(Person::of(&recipient).address_hash(&self.db.vault(), tenant, &asked.channel))
    }
}

#[tonic::async_trait]
impl SuppressionService for Suppressions {
    async fn add_suppression(
        &self,
        request: Request<AddSuppressionRequest>,
    ) -> Result<Response<AddSuppressionResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let address_hash = self.address_hash(tenant, request.get_ref()).await?;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let entry = commands::suppress::add(tx, &request, address_hash.as_deref()).await?;
                Ok(AddSuppressionResponse { suppression: Some(convert::suppression(entry)) })
            })
        });
        answer.await
    }

    async fn lift_suppression(
        &self,
        request: Request<LiftSuppressionRequest>,
    ) -> Result<Response<LiftSuppressionResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let entry = commands::suppress::lift(tx, &request).await?;
                Ok(LiftSuppressionResponse { suppression: Some(convert::suppression(entry)) })
            })
        });
        answer.await
    }

    async fn list_suppressions(
        &self,
        request: Request<ListSuppressionsRequest>,
    ) -> Result<Response<ListSuppressionsResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let (entries, next_page_token) = queries::contact::list_suppressions(tx, &request).await?;
                let suppressions = entries.into_iter().map(convert::suppression).collect();
                Ok(ListSuppressionsResponse { suppressions, next_page_token })
            })
        });
        answer.await
    }
}
