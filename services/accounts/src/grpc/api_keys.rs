//! `usher.accounts.v1.ApiKeyService`.

use chassis::{Caller, Db, wire::timestamp};
use secrecy::ExposeSecret as _;
use tonic::{Request, Response, Status};
use usher_proto::accounts::v1::{
    AuthenticateApiKeyRequest, AuthenticateApiKeyResponse, CreateApiKeyRequest, CreateApiKeyResponse,
    ListApiKeysRequest, ListApiKeysResponse, RevokeApiKeyRequest, RevokeApiKeyResponse,
    api_key_service_server::ApiKeyService,
};

use super::convert;
use crate::{commands, queries};

pub struct Keys(pub Db);

#[tonic::async_trait]
impl ApiKeyService for Keys {
    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        let giver = Caller::of(&request)?.role;
        let write = self.0.write(request, move |tx, request| {
            Box::pin(async move {
                let (key, secret) = commands::create_api_key::run(tx, giver, request).await?;
                let secret = secret.expose_secret().to_owned();
                Ok(CreateApiKeyResponse { api_key: Some(convert::api_key(key)), secret })
            })
        });
        write.await
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        let read = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (keys, next_page_token) =
                    queries::list_api_keys(tx, request.page_size, &request.page_token).await?;
                Ok(ListApiKeysResponse { api_keys: keys.into_iter().map(convert::api_key).collect(), next_page_token })
            })
        });
        read.await
    }

    async fn revoke_api_key(
        &self,
        request: Request<RevokeApiKeyRequest>,
    ) -> Result<Response<RevokeApiKeyResponse>, Status> {
        let write = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let key = commands::revoke_api_key::run(tx, request).await?;
                Ok(RevokeApiKeyResponse { api_key: Some(convert::api_key(key)) })
            })
        });
        write.await
    }

    async fn authenticate_api_key(
        &self,
        request: Request<AuthenticateApiKeyRequest>,
    ) -> Result<Response<AuthenticateApiKeyResponse>, Status> {
        let (tenant, key) = queries::authenticate_api_key(&self.0, request.into_inner().secret.into()).await?;
        Ok(Response::new(AuthenticateApiKeyResponse {
            tenant_id: tenant.to_string(),
            api_key_id: key.id.to_string(),
            role: key.role.into(),
            expire_time: Some(timestamp(key.expire_time)),
        }))
    }
}
