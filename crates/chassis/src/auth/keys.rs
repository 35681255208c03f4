//! API keys, looked up at accounts and remembered for a moment.

use std::{collections::HashMap, str::FromStr as _, sync::Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use usher_proto::accounts::v1::{AuthenticateApiKeyRequest, Role, api_key_service_client::ApiKeyServiceClient};

use crate::{
    caller::{Actor, Caller},
    clock::Clock,
    error::{Error, Result},
    ids::TenantId,
    peers::Peers,
};

/// What every API key starts with, so that it is told from a JWT and found by secret scanners.
pub const API_KEY_PREFIX: &str = "usk_";

/// A revoked key may work for this much longer.
const REMEMBER: TimeDelta = TimeDelta::seconds(30);
const REMEMBERED: usize = 10_000;

/// Whom a key speaks for, and until when that is believed; by the key's hash.
type Known = HashMap<[u8; 32], (Caller, DateTime<Utc>)>;

/// Knows API keys, by asking accounts.
#[derive(Debug)]
pub struct ApiKeys {
    peers: Peers,
    clock: Clock,
    // By hash, so that no secret stays in memory.
    known: Mutex<Known>,
}

impl ApiKeys {
    /// Asks accounts through `peers`.
    pub fn new(peers: Peers, clock: Clock) -> Self {
        Self { peers, clock, known: Mutex::default() }
    }

    /// Whom a key speaks for.
    pub async fn authenticate(&self, secret: &str) -> Result<Caller> {
        let hash: [u8; 32] = Sha256::digest(secret).into();
        let now = self.clock.now();
        if let Some((caller, until)) = self.known().get(&hash)
            && *until > now
        {
            return Ok(caller.clone());
        }
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
        let caller = Caller { tenant: Some(tenant), role, actor, expiry: expires };
        let until = expires.map_or(now + REMEMBER, |expires| expires.min(now + REMEMBER));
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, (caller.clone(), until));
        Ok(caller)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
