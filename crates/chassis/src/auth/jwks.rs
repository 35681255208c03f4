//! An issuer's public keys, fetched when a token names one that is not known yet, so that rotation needs no restart.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use tokio::sync::Mutex;

use crate::{
    clock::Clock,
    error::{Error, Result},
};

/// Between two fetches that an unknown key asks for, so that forged key names are no way to flood the issuer.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
/// After this long the keys are fetched again, so that a withdrawn one stops working.
const MAX_AGE: TimeDelta = TimeDelta::minutes(10);

type Fetch = Arc<dyn Fn() -> BoxFuture<'static, Result<JwkSet>> + Send + Sync>;

/// The keys of one issuer.
pub struct Jwks {
    fetch: Fetch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, Arc<DecodingKey>>,
    fetched: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Jwks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jwks")
    }
}

impl Jwks {
    /// Keys behind an address.
    pub fn at(url: &str) -> Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| Error::internal("the HTTP client can not be made", &error))?;
        let url = url.to_owned();
        Ok(Self::from_fetch(Arc::new(move || {
            let request = client.get(&url);
            Box::pin(async move {
                let unreachable = |error: reqwest::Error| {
                    tracing::warn!(error = %error.without_url(), "an issuer's keys can not be fetched");
                    Error::unavailable("ISSUER_UNREACHABLE", "the token's issuer is out of reach for the moment")
                };
                let response =
                    request.send().await.and_then(reqwest::Response::error_for_status).map_err(unreachable)?;
                response.json().await.map_err(unreachable)
            })
        })))
    }

    /// Keys that some other way brings.
    pub fn from_fetch(fetch: Fetch) -> Self {
        Self { fetch, state: Mutex::default() }
    }

    /// The key of that name.
    pub async fn key(&self, kid: &str, clock: &Clock) -> Result<Arc<DecodingKey>> {
        let now = clock.now();
        let mut state = self.state.lock().await;
        let age = state.fetched.map(|fetched| now - fetched);
        let stale = age.is_none_or(|age| age > MAX_AGE);
        if stale || (!state.keys.contains_key(kid) && age.is_some_and(|age| age > PAUSE)) {
            match (self.fetch)().await {
                Ok(set) => {
                    state.keys = usable(&set);
                    state.fetched = Some(now);
                }
                // Known keys go on working while their issuer is away.
                Err(error) if !state.keys.contains_key(kid) => return Err(error),
                Err(_) => {}
            }
        }
        state
            .keys
            .get(kid)
            .cloned()
            .ok_or_else(|| Error::unauthenticated("KEY_UNKNOWN", "the token's key is not one of its issuer's"))
    }
}

fn usable(set: &JwkSet) -> HashMap<String, Arc<DecodingKey>> {
    set.keys
        .iter()
        .filter_map(|jwk| Some((jwk.common.key_id.clone()?, Arc::new(DecodingKey::from_jwk(jwk).ok()?))))
        .collect()
}
