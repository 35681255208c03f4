//! API keys: 256 random bits behind a recognizable prefix, of which only the hash is kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Error, Result, auth::API_KEY_PREFIX, id};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use usher_proto::accounts::v1::Role;

id!(
    /// A key with which a program calls.
    ApiKeyId,
    "key"
);

/// How long a key works when its maker does not say.
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::days(90);
/// The longest a key works.
const LONGEST_LIFETIME: TimeDelta = TimeDelta::days(400);

/// A key without its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub display_name: String,
    pub role: Role,
    pub create_time: DateTime<Utc>,
    pub expire_time: DateTime<Utc>,
    pub revoke_time: Option<DateTime<Utc>>,
}

/// A fresh secret.
pub fn secret() -> SecretString {
    let bits: [u8; 32] = rand::random();
    format!("{API_KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(bits)).into()
}

/// What is kept of a secret.
pub fn hash(secret: &SecretString) -> [u8; 32] {
    Sha256::digest(secret.expose_secret()).into()
}

/// How long a key works, from what its maker asked for.
pub fn lifetime(asked: Option<TimeDelta>) -> Result<TimeDelta> {
    let lifetime = asked.unwrap_or(DEFAULT_LIFETIME);
    if lifetime < TimeDelta::minutes(1) || lifetime > LONGEST_LIFETIME {
        return Err(Error::invalid("ttl", "DURATION_OUT_OF_RANGE", "must be between a minute and 400 days"));
    }
    Ok(lifetime)
}
