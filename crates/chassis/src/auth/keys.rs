//! API keys, looked up at accounts.

use std::str::FromStr as _;

use usher_proto::accounts::v1::{AuthenticateApiKeyRequest, Role, api_key_service_client::ApiKeyServiceClient};

use crate::{
    caller::{Actor, Caller},
    error::{Error, Result},
    ids::TenantId,
    peers::Peers,
};

/// What every API key starts with, so that it is told from a JWT and found by secret scanners.
pub const API_KEY_PREFIX: &str = "usk_";

/// Knows API keys, by asking accounts.
#[derive(Debug)]
pub struct ApiKeys {
    peers: Peers,
}

impl ApiKeys {
    /// Asks accounts through `peers`.
    pub fn new(peers: Peers) -> Self {
        Self { peers }
    }

    /// Whom a key speaks for.
    pub async fn authenticate(&self, secret: &str) -> Result<Caller> {
        let request = self.peers.request(None, AuthenticateApiKeyRequest { secret: secret.to_owned() })?;
        let answer = ApiKeyServiceClient::new(self.peers.channel("accounts")?)
            .authenticate_api_key(request)
            .await
            .map_err(|status| match status.code() {
                tonic::Code::Unavailable | tonic::Code::DeadlineExceeded => {
                    Error::unavailable("ACCOUNTS_UNREACHABLE", "API keys can not be checked for the moment")
                }
                _ => Error::unauthenticated("API_KEY_INVALID", "the API key is unknown, expired or revoked"),
            })?
            .into_inner();
        let tenant = TenantId::from_str(&answer.tenant_id)
            .map_err(|error| Error::internal("accounts answered with a malformed tenant", &error))?;
        let role = Role::try_from(answer.role).unwrap_or(Role::Unspecified);
        let expires = answer.expire_time.as_ref().and_then(|time| crate::wire::instant("expire_time", time).ok());
        let actor = Actor::new(&answer.api_key_id);
        Ok(Caller { tenant: Some(tenant), role, actor, expiry: expires })
    }
}
