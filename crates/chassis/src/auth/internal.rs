//! The key by which the services of one installation vouch for each other.

use std::{collections::HashMap, path::Path, sync::Mutex};

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode, jwk::Jwk};
use secrecy::{ExposeSecret as _, SecretString};
use usher_proto::accounts::v1::Role;

use super::{Claims, role_name};
use crate::{
    clock::Clock,
    error::{Error, Result},
    ids::TenantId,
    vault::{Vault, derive},
};

/// The `iss` of the suite's own tokens.
pub const INTERNAL_ISSUER: &str = "usher-internal";

/// How long a minted token works. Short, because it is minted anew for nothing.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// A token with less than this left is not handed out again.
const MARGIN: TimeDelta = TimeDelta::minutes(1);
/// So many tenants' tokens are kept ready; past it, all are dropped and minted again as needed.
const KEPT: usize = 10_000;

/// Signs the suite's own tokens.
pub struct Signer {
    private: EncodingKey,
    public: DecodingKey,
    vault_key: [u8; 32],
    audience: String,
    subject: String,
    clock: Clock,
    kept: Mutex<HashMap<Option<TenantId>, (String, i64)>>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.subject)
    }
}

impl Signer {
    /// From a PKCS#8 PEM file. `service` is who will be named as the caller.
    pub fn from_file(path: &Path, service: &str, audience: &str, clock: Clock) -> Result<Self> {
        let pem = std::fs::read_to_string(path).map_err(|error| {
            Error::invalid("auth.internal_key_file", "KEY_UNREADABLE", format!("{}: {error}", path.display()))
        })?;
        Self::new(&pem.into(), service, audience, clock)
    }

    /// From PKCS#8 PEM.
    pub fn new(pem: &SecretString, service: &str, audience: &str, clock: Clock) -> Result<Self> {
        let (private, jwk) = key_pair(pem)?;
        let public = DecodingKey::from_jwk(&jwk)
            .map_err(|error| Error::internal("a public key can not be read back", &error))?;
        Ok(Self {
            private,
            public,
            vault_key: derive(pem.expose_secret().as_bytes(), "usher idempotency"),
            audience: audience.to_owned(),
            subject: format!("service:{service}"),
            clock,
            kept: Mutex::default(),
        })
    }

    /// The key that checks what this one signs.
    pub fn public(&self) -> &DecodingKey {
        &self.public
    }

    /// Seals what the suite keeps for itself, such as remembered answers.
    pub fn vault(&self) -> Vault {
        Vault::new(&self.vault_key)
    }

    /// A token that speaks for this service within a tenant, or for the installation.
    pub fn token(&self, tenant: Option<TenantId>) -> Result<String> {
        let now = self.clock.now().timestamp();
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((token, until)) = kept.get(&tenant)
            && *until > now
        {
            return Ok(token.clone());
        }
        let claims = Claims {
            iss: INTERNAL_ISSUER.to_owned(),
            aud: self.audience.clone(),
            sub: self.subject.clone(),
            tenant: tenant.map(|tenant| tenant.to_string()),
            role: role_name(Role::Service),
            iat: now,
            exp: now + LIFETIME.num_seconds(),
        };
        let token = encode(&Header::new(Algorithm::EdDSA), &claims, &self.private)
            .map_err(|error| Error::internal("a token can not be signed", &error))?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(tenant, (token.clone(), claims.exp - MARGIN.num_seconds()));
        Ok(token)
    }
}

/// An Ed25519 key pair from PKCS#8 PEM: to sign with, and the public half for a JWKS.
pub fn key_pair(pem: &SecretString) -> Result<(EncodingKey, Jwk)> {
    let wrong = |_| Error::invalid("key", "KEY_INVALID", "must be an Ed25519 private key in PKCS#8 PEM");
    let private = EncodingKey::from_ed_pem(pem.expose_secret().as_bytes()).map_err(wrong)?;
    let jwk = Jwk::from_encoding_key(&private, Algorithm::EdDSA).map_err(wrong)?;
    Ok((private, jwk))
}
