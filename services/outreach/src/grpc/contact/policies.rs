//! `usher.outreach.v1.ContactPolicyService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    GetContactPolicyRequest, GetContactPolicyResponse, UpdateContactPolicyRequest, UpdateContactPolicyResponse,
    contact_policy_service_server::ContactPolicyService,
};

use super::convert;
use crate::{commands, store};

pub struct Policies(pub Db);

#[tonic::async_trait]
impl ContactPolicyService for Policies {
    async fn get_contact_policy(
        &self,
        request: Request<GetContactPolicyRequest>,
    ) -> Result<Response<GetContactPolicyResponse>, Status> {
        let answer = self.0.read(request, |tx, _| {
            Box::pin(async move {
                let policy = store::policies::get(tx).await?;
                Ok(GetContactPolicyResponse { policy: Some(convert::policy(policy)) })
            })
        });
        answer.await
    }

    async fn update_contact_policy(
        &self,
        request: Request<UpdateContactPolicyRequest>,
    ) -> Result<Response<UpdateContactPolicyResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let policy = commands::update_policy::run(tx, request).await?;
                Ok(UpdateContactPolicyResponse { policy: Some(convert::policy(policy)) })
            })
        });
        answer.await
    }
}
