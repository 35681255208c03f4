//! All SQL of the service, one file per aggregate.

pub mod applications;
pub mod bookings;
pub mod calendars;
pub mod history;
pub mod history_import_errors;
pub mod history_imports;
pub mod interviews;
pub mod jobs;
pub mod links;
pub mod moments;
pub mod offers;
pub mod onboardings;
pub mod reassignments;
pub mod scorecards;
pub mod settings;
pub mod subjects;
pub mod tasks;
pub mod timers;
pub mod turns;

use chassis::{Error, Result};

/// An enum of the contract from its number in a row.
fn known<E: TryFrom<i32>>(number: i16) -> Result<E> {
    E::try_from(i32::from(number)).map_err(|_| unknown(number))
}

fn unknown(number: i16) -> Error {
    Error::internal("a row holds a number that this version does not know", &number)
}
