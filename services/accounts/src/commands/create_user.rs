//! A person joins a tenant.

use chassis::{Result, TenantTx};
use usher_proto::accounts::v1::{CreateUserRequest, Role, UserCreated};

use crate::{
    domain::{
        grants,
        people::{User, UserId},
    },
    store,
};

pub async fn run(tx: &mut TenantTx, giver: Role, request: CreateUserRequest) -> Result<User> {
    grants::check(giver, request.role())?;
    let user = User {
        id: UserId::new(),
        role: request.role(),
        email: request.email,
        display_name: request.display_name,
        active: true,
        version: 1,
        create_time: tx.now(),
    };
    store::users::insert(tx, &user).await?;
    let created =
        UserCreated { user_id: user.id.to_string(), display_name: user.display_name.clone(), role: user.role.into() };
    outbox::append(tx, user.id, &created).await?;
    Ok(user)
}
