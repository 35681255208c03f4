//! A person's name, role or activity changes.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::accounts::v1::{Role, UpdateUserRequest, UserUpdated};

use crate::{
    domain::{
        grants,
        people::{User, keep_an_owner},
    },
    store,
};

pub async fn run(tx: &mut TenantTx, giver: Role, request: UpdateUserRequest) -> Result<User> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &["display_name", "role", "active"])?;
    // First the owners, then the user, in every transaction alike, so that two of them can not wait for each other.
    let owners = store::users::lock_active_owners(tx).await?;
    let before = store::users::lock(tx, wire::id("user_id", &request.user_id)?).await?;
    wire::check_etag(&request.etag, before.version)?;
    grants::check(giver, before.role)?;
    let after = masked(&before, &mask, &request)?;
    grants::check(giver, after.role)?;
    keep_an_owner(&before, &after, owners)?;
    store::users::update(tx, &after).await?;
    let updated = UserUpdated {
        user_id: after.id.to_string(),
        display_name: after.display_name.clone(),
        role: after.role.into(),
        active: after.active,
    };
    outbox::append(tx, after.id, &updated).await?;
    Ok(after)
}

fn masked(before: &User, mask: &[String], request: &UpdateUserRequest) -> Result<User> {
    let mut after = User { version: before.version + 1, ..before.clone() };
    for path in mask {
        match path.as_str() {
            "display_name" if request.display_name.is_empty() => {
                return Err(Error::invalid("display_name", "FIELD_REQUIRED", "can not be made empty"));
            }
            "display_name" => after.display_name.clone_from(&request.display_name),
            "role" => after.role = request.role(),
            _ => after.active = request.active,
        }
    }
    Ok(after)
}
