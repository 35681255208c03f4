//! Tenants and users as the other rooms speak of them.

use chassis::{Error, Result, TenantId, id};
use chrono::{DateTime, Utc};
use usher_proto::accounts::v1::{Plan, Role};

id!(
    /// Somebody who signs in.
    UserId,
    "user"
);

/// A company.
#[derive(Debug, Clone)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub display_name: String,
    pub plan: Plan,
    pub time_zone: String,
    pub create_time: DateTime<Utc>,
}

/// A person of a tenant.
#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub role: Role,
    pub active: bool,
    pub version: i64,
    pub create_time: DateTime<Utc>,
}

impl User {
    /// Whether it keeps the tenant in somebody's hands.
    pub fn is_active_owner(&self) -> bool {
        self.active && self.role == Role::Owner
    }
}

/// Refuses a change that would leave the tenant without an active owner.
pub fn keep_an_owner(before: &User, after: &User, active_owners: i64) -> Result<()> {
    if before.is_active_owner() && !after.is_active_owner() && active_owners <= 1 {
        return Err(Error::failed_precondition("LAST_OWNER", "this is the last active owner; make another one first"));
    }
    Ok(())
}

/// Refuses a zone that the IANA database does not know.
pub fn check_time_zone(name: &str) -> Result<()> {
    name.parse::<chrono_tz::Tz>()
        .map(drop)
        .map_err(|_| Error::invalid("time_zone", "TIME_ZONE_UNKNOWN", "must be an IANA zone such as Asia/Shanghai"))
}
