//! All SQL of the service, one file per aggregate.

pub mod api_keys;
pub mod tenants;
pub mod users;

use chassis::{Error, Result};
use usher_proto::accounts::v1::Role;

/// A role from its number in a row.
fn role(number: i16) -> Result<Role> {
    Role::try_from(i32::from(number)).map_err(|error| Error::internal("a row holds an unknown role", &error))
}

/// The number of a role in a row.
#[expect(clippy::cast_possible_truncation, reason = "the enum has eight members")]
fn number(role: Role) -> i16 {
    role as i32 as i16
}
