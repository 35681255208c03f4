//! All SQL of the service, one file per aggregate.

pub mod channels;
pub mod claims;
pub mod clarity;
pub mod dead_letters;
pub mod endings;
pub mod experiments;
pub mod gate;
pub mod leases;
pub mod messages;
pub mod policies;
pub mod preferences;
pub mod queue;
pub mod reassignments;
pub mod records;
pub mod replies;
pub mod reply_hooks;
pub mod subjects;
pub mod suppressions;
pub mod templates;
pub mod visits;

use chassis::{Error, Result};

/// An enum of the contract from its number in a row.
fn known<E: TryFrom<i32>>(number: i16) -> Result<E> {
    E::try_from(i32::from(number))
        .map_err(|_| Error::internal("a row holds a number that the contract does not know", &number))
}
