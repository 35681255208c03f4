//! Who calls.
//!
//! Three kinds of bearer are understood: a JWT of an accepted issuer, checked against the issuer's JWKS; an API key
//! (`usk_…`), which accounts knows; and a token of the suite itself, by which its services vouch for each other. The
//! last kind is signed with a key of its own and is always `ROLE_SERVICE`; no other issuer can give that role.

mod internal;
mod jwks;
mod keys;
mod remembered;

use std::{collections::HashMap, sync::Arc};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};
use usher_proto::accounts::v1::Role;

use self::remembered::Remembered;
pub use self::{
    internal::{INTERNAL_ISSUER, Signer, key_pair},
    jwks::Jwks,
    keys::{API_KEY_PREFIX, ApiKeys},
};
use crate::{
    caller::{Actor, Caller},
    clock::Clock,
    error::{Error, Result},
    ids::TenantId,
};

/// What a token says. `tenant` and `role` are Usher's own claims; the rest is RFC 7519.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Who signed.
    pub iss: String,
    /// For whom it is meant.
    pub aud: String,
    /// Who calls: `user_…`, `service:ats`.
    pub sub: String,
    /// TypeID of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// `owner`, `admin`, `recruiter`, `hiring_manager`, `interviewer`, `read_only`, `service`.
    pub role: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
}

/// The name of a role in tokens.
pub fn role_name(role: Role) -> String {
    role.as_str_name().trim_start_matches("ROLE_").to_lowercase()
}

/// The role of a name in tokens.
pub fn role_of(name: &str) -> Option<Role> {
    Role::from_str_name(&format!("ROLE_{}", name.to_uppercase())).filter(|role| *role != Role::Unspecified)
}

/// Checks bearers.
#[derive(Debug)]
pub struct Authenticator {
    audience: String,
    internal: DecodingKey,
    issuers: HashMap<String, Arc<Jwks>>,
    keys: Option<ApiKeys>,
    known: Remembered,
    clock: Clock,
}

impl Authenticator {
    /// With the suite's own key, the accepted issuers, and a way to look up API keys.
    pub fn new(
        audience: &str,
        signer: &Signer,
        issuers: HashMap<String, Arc<Jwks>>,
        keys: Option<ApiKeys>,
        clock: Clock,
    ) -> Self {
        Self {
            audience: audience.to_owned(),
            internal: signer.public().clone(),
            issuers,
            keys,
            known: Remembered::default(),
            clock,
        }
    }

    /// Whom the value of an `authorization` header speaks for.
    pub async fn authenticate(&self, header: &str) -> Result<Caller> {
        let bearer = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, bearer)| bearer.trim())
            .ok_or_else(|| Error::unauthenticated("TOKEN_MALFORMED", "authorization must be `Bearer` and a token"))?;
        let now = self.clock.now();
        if let Some(caller) = self.known.get(bearer, now) {
            return Ok(caller);
        }
        let caller = match &self.keys {
            Some(keys) if bearer.starts_with(API_KEY_PREFIX) => keys.authenticate(bearer).await?,
            _ => self.check_token(bearer).await?,
        };
        self.known.put(bearer, &caller, now);
        Ok(caller)
    }

    async fn check_token(&self, token: &str) -> Result<Caller> {
        let malformed = |_| Error::unauthenticated("TOKEN_MALFORMED", "the token is not a signed JWT");
        let header = decode_header(token).map_err(malformed)?;
        let issuer = jsonwebtoken::dangerous::insecure_decode::<Claims>(token).map_err(malformed)?.claims.iss;
        if issuer == INTERNAL_ISSUER {
            let claims = self.verify(token, header.alg, &self.internal, &issuer)?;
            return caller(&claims, Role::Service);
        }
        let jwks = self
            .issuers
            .get(&issuer)
            .ok_or_else(|| Error::unauthenticated("ISSUER_UNKNOWN", "the token's issuer is not accepted here"))?;
        let kid =
            header.kid.ok_or_else(|| Error::unauthenticated("TOKEN_MALFORMED", "the token names no key (kid)"))?;
        let key = jwks.key(&kid, &self.clock).await?;
        let claims = self.verify(token, header.alg, &key, &issuer)?;
        let role = role_of(&claims.role)
            .filter(|role| *role != Role::Service)
            .ok_or_else(|| Error::unauthenticated("ROLE_UNKNOWN", "the token's role is not one of a person"))?;
        if claims.tenant.is_none() {
            return Err(Error::unauthenticated("TENANT_MISSING", "the token names no tenant"));
        }
        caller(&claims, role)
    }

    fn verify(&self, token: &str, algorithm: Algorithm, key: &DecodingKey, issuer: &str) -> Result<Claims> {
        let forged = || Error::unauthenticated("TOKEN_INVALID", "the token's signature or audience is wrong");
        // Symmetric algorithms would let anyone who knows a public key sign.
        if matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
            return Err(forged());
        }
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[issuer]);
        // Expiry is held against our clock below, which tests move.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, key, &validation).map_err(|_| forged())?.claims;
        if claims.exp <= self.clock.now().timestamp() {
            return Err(Error::unauthenticated("TOKEN_EXPIRED", "the token has expired; get a fresh one"));
        }
        Ok(claims)
    }
}

fn caller(claims: &Claims, role: Role) -> Result<Caller> {
    let tenant = claims
        .tenant
        .as_deref()
        .map(str::parse::<TenantId>)
        .transpose()
        .map_err(|_| Error::unauthenticated("TOKEN_MALFORMED", "the token's tenant is not a tenant id"))?;
    let expiry = chrono::DateTime::from_timestamp(claims.exp, 0);
    Ok(Caller { tenant, role, actor: Actor::new(&claims.sub), expiry })
}
