//! `usher.accounts.v1.TenantService`.

use chassis::{Caller, Db, TenantCtx, TenantId};
use tonic::{Request, Response, Status};
use usher_proto::accounts::v1::{
    CreateTenantRequest, CreateTenantResponse, GetTenantRequest, GetTenantResponse,
    tenant_service_server::TenantService,
};

use super::convert;
use crate::{commands, store};

pub struct Tenants(pub Db);

#[tonic::async_trait]
impl TenantService for Tenants {
    async fn create_tenant(
        &self,
        request: Request<CreateTenantRequest>,
    ) -> Result<Response<CreateTenantResponse>, Status> {
        let actor = Caller::of(&request)?.actor;
        // An operator who creates a tenant again is told which one has the slug.
        let mut system = self.0.begin_system().await?;
        if let Some(tenant) = store::tenants::by_slug(&mut system, &request.get_ref().slug).await? {
            return Err(store::tenants::slug_taken().with("tenant_id", tenant).into());
        }
        drop(system);
        let mut tx = self.0.begin(&TenantCtx { tenant: TenantId::new(), actor }).await?;
        let (tenant, owner) = commands::create_tenant::run(&mut tx, request.into_inner()).await?;
        tx.commit().await?;
        Ok(Response::new(CreateTenantResponse {
            tenant: Some(convert::tenant(tenant)),
            owner: Some(convert::user(owner)),
        }))
    }

    async fn get_tenant(&self, request: Request<GetTenantRequest>) -> Result<Response<GetTenantResponse>, Status> {
        let read = self.0.read(request, |tx, _| {
            Box::pin(async move {
                let tenant = store::tenants::own(tx).await?;
                Ok(GetTenantResponse { tenant: Some(convert::tenant(tenant)) })
            })
        });
        read.await
    }
}
