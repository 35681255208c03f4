//! Who calls, and for which tenant.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use usher_proto::accounts::v1::Role;

use crate::{
    error::{Error, Result},
    ids::TenantId,
};

/// Whoever a token speaks for. The tower stack puts it into the request's extensions; see [`Caller::of`].
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant; services may call for none, to do the installation's own work.
    pub tenant: Option<TenantId>,
    /// What they may do.
    pub role: Role,
    /// Who did it, as it is kept in histories.
    pub actor: Actor,
    /// Until when the token speaks, for answers that go on for longer; `None` where no end is known.
    pub expiry: Option<DateTime<Utc>>,
}

/// Who did something: `user_…`, `key_…`, `service:ats` or `candidate`.
#[derive(Clone, PartialEq, Eq)]
pub struct Actor(Arc<str>);

impl Actor {
    /// From the subject of a token.
    pub fn new(subject: &str) -> Self {
        Self(subject.into())
    }

    /// A service of the suite.
    pub fn service(name: &str) -> Self {
        Self(format!("service:{name}").into())
    }

    /// The candidate, through the candidate centre.
    pub fn candidate() -> Self {
        Self("candidate".into())
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// For whom a transaction works: one tenant, and who is to be named for it.
#[derive(Debug, Clone)]
pub struct TenantCtx {
    /// The tenant whose rows the transaction sees.
    pub tenant: TenantId,
    /// Who does it.
    pub actor: Actor,
}

impl TenantCtx {
    /// A service's own work for a tenant.
    pub fn service(tenant: TenantId, name: &str) -> Self {
        Self { tenant, actor: Actor::service(name) }
    }
}

impl Caller {
    /// The caller of a request that came through the tower stack.
    pub fn of<M>(request: &tonic::Request<M>) -> Result<Self> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::unauthenticated("TOKEN_MISSING", "this method needs a token"))
    }

    /// The caller's tenant, for methods that work within one.
    pub fn tenant_ctx(&self) -> Result<TenantCtx> {
        let tenant = self
            .tenant
            .ok_or_else(|| Error::permission_denied("TENANT_REQUIRED", "this method needs a token of a tenant"))?;
        Ok(TenantCtx { tenant, actor: self.actor.clone() })
    }
}
