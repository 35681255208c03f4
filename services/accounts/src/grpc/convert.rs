//! From the domain to protobuf.

use chassis::wire::{etag, timestamp};
use usher_proto::accounts::v1 as pb;

use crate::domain::{
    api_key::ApiKey,
    people::{Tenant, User},
};

pub fn tenant(tenant: Tenant) -> pb::Tenant {
    pb::Tenant {
        tenant_id: tenant.id.to_string(),
        slug: tenant.slug,
        display_name: tenant.display_name,
        plan: tenant.plan.into(),
        time_zone: tenant.time_zone,
        create_time: Some(timestamp(tenant.create_time)),
    }
}

pub fn user(user: User) -> pb::User {
    pb::User {
        user_id: user.id.to_string(),
        email: user.email,
        display_name: user.display_name,
        role: user.role.into(),
        active: user.active,
        create_time: Some(timestamp(user.create_time)),
        etag: etag(user.version),
    }
}

pub fn api_key(key: ApiKey) -> pb::ApiKey {
    pb::ApiKey {
        api_key_id: key.id.to_string(),
        display_name: key.display_name,
        role: key.role.into(),
        create_time: Some(timestamp(key.create_time)),
        expire_time: Some(timestamp(key.expire_time)),
        revoke_time: key.revoke_time.map(timestamp),
    }
}
