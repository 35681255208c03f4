//! A tenant and its first owner.

use chassis::{Result, TenantTx};
use usher_proto::accounts::v1::{CreateTenantRequest, Role, TenantCreated, UserCreated};

use crate::{
    domain::people::{Tenant, User, UserId, check_time_zone},
    store,
};

/// In a transaction of the tenant that is to be.
pub async fn run(tx: &mut TenantTx, request: CreateTenantRequest) -> Result<(Tenant, User)> {
    check_time_zone(&request.time_zone)?;
    let tenant = Tenant {
        id: tx.tenant(),
        plan: request.plan(),
        slug: request.slug,
        display_name: request.display_name,
        time_zone: request.time_zone,
        create_time: tx.now(),
    };
    let owner = User {
        id: UserId::new(),
        email: request.owner_email,
        display_name: request.owner_display_name,
        role: Role::Owner,
        active: true,
        version: 1,
        create_time: tx.now(),
    };
    store::tenants::insert(tx, &tenant).await?;
    store::users::insert(tx, &owner).await?;
    let created = TenantCreated {
        tenant_id: tenant.id.to_string(),
        display_name: tenant.display_name.clone(),
        time_zone: tenant.time_zone.clone(),
    };
    outbox::append(tx, tenant.id, &created).await?;
    let joined = UserCreated {
        user_id: owner.id.to_string(),
        display_name: owner.display_name.clone(),
        role: owner.role.into(),
    };
    outbox::append(tx, owner.id, &joined).await?;
    Ok((tenant, owner))
}
