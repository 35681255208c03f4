//! `usher.accounts.v1.TokenService`.

use std::sync::Arc;

use chassis::{Db, Error, wire};
use tonic::{Request, Response, Status};
use usher_proto::accounts::v1::{
    GetJsonWebKeySetRequest, GetJsonWebKeySetResponse, IssueTokenRequest, IssueTokenResponse,
    token_service_server::TokenService,
};

use crate::{BuiltInIssuer, store};

pub struct Tokens {
    pub db: Db,
    pub issuer: Option<Arc<BuiltInIssuer>>,
}

impl Tokens {
    fn issuer(&self) -> Result<Arc<BuiltInIssuer>, Error> {
        self.issuer.clone().ok_or_else(|| {
            Error::failed_precondition("ISSUER_OFF", "this installation has no built-in issuer")
                .hint("ask your OpenID Connect issuer for a token, or set auth.issuer_key_file")
        })
    }
}

#[tonic::async_trait]
impl TokenService for Tokens {
    async fn issue_token(&self, request: Request<IssueTokenRequest>) -> Result<Response<IssueTokenResponse>, Status> {
        let issuer = self.issuer()?;
        let read = self.db.read(request, move |tx, request| {
            Box::pin(async move {
                let user = store::users::get(tx, wire::id("user_id", &request.user_id)?).await?;
                if !user.active {
                    return Err(Error::failed_precondition("USER_INACTIVE", "this user is not active"));
                }
                let ttl = request.ttl.as_ref().map(|ttl| wire::span("ttl", ttl)).transpose()?;
                let (token, expires) = issuer.token(tx.tenant(), user.id, user.role, ttl, tx.now())?;
                Ok(IssueTokenResponse { token, expire_time: Some(wire::timestamp(expires)) })
            })
        });
        read.await
    }

    async fn get_json_web_key_set(
        &self,
        _: Request<GetJsonWebKeySetRequest>,
    ) -> Result<Response<GetJsonWebKeySetResponse>, Status> {
        // Without an issuer there are no keys, which is an answer and no error.
        let json = self.issuer.as_ref().map_or(r#"{"keys":[]}"#, |issuer| issuer.jwks()).to_owned();
        Ok(Response::new(GetJsonWebKeySetResponse { json }))
    }
}
