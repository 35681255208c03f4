//! The built-in issuer: signs tokens for users, and shows the public key that checks them.

use chassis::{
    Error, Result, TenantId,
    auth::{Claims, key_pair, role_name},
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use secrecy::SecretString;
use usher_proto::accounts::v1::Role;

use super::people::UserId;

/// The `iss` of its tokens.
pub const ISSUER: &str = "usher";

const DEFAULT_LIFETIME: TimeDelta = TimeDelta::hours(1);
const LONGEST_LIFETIME: TimeDelta = TimeDelta::days(400);

/// Signs tokens. For trying Usher out; a company brings its own OpenID Connect issuer.
pub struct BuiltInIssuer {
    key: EncodingKey,
    key_id: String,
    audience: String,
    jwks: String,
}

impl std::fmt::Debug for BuiltInIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BuiltInIssuer")
    }
}

impl BuiltInIssuer {
    /// From an Ed25519 private key in PKCS#8 PEM.
    pub fn new(pem: &SecretString, audience: &str) -> Result<Self> {
        let (key, mut jwk) = key_pair(pem)?;
        let key_id = thumbprint(&jwk)?;
        jwk.common.key_id = Some(key_id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let jwks = serde_json::to_string(&JwkSet { keys: vec![jwk] })
            .map_err(|error| Error::internal("the key set can not be written", &error))?;
        Ok(Self { key, key_id, audience: audience.to_owned(), jwks })
    }

    /// The key set of RFC 7517.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// A token for a user, and when it expires.
    pub fn token(
        &self,
        tenant: TenantId,
        user: UserId,
        role: Role,
        ttl: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> Result<(String, DateTime<Utc>)> {
        let ttl = ttl.unwrap_or(DEFAULT_LIFETIME);
        if ttl < TimeDelta::seconds(1) || ttl > LONGEST_LIFETIME {
            return Err(Error::invalid("ttl", "DURATION_OUT_OF_RANGE", "must be between a second and 400 days"));
        }
        let expires = now + ttl;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: self.audience.clone(),
            sub: user.to_string(),
            tenant: Some(tenant.to_string()),
            role: role_name(role),
            iat: now.timestamp(),
            exp: expires.timestamp(),
        };
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::EdDSA) };
        let token = encode(&header, &claims, &self.key)
            .map_err(|error| Error::internal("a token can not be signed", &error))?;
        Ok((token, expires))
    }
}

/// The key's name: its RFC 7638 thumbprint, so that another key has another name by itself.
fn thumbprint(jwk: &Jwk) -> Result<String> {
    jwk.thumbprint(ThumbprintHash::SHA256).map_err(|error| Error::internal("a key has no thumbprint", &error))
}
