//! Pure decisions and state machines: no I/O, no clock of their own.

pub mod application;
pub mod cadence;
pub mod calendar;
pub mod currency;
pub mod day;
pub mod draft;
pub mod history;
pub mod history_import;
pub mod ics;
pub mod interview;
pub mod job;
pub mod ledger;
pub mod link;
pub mod moment;
pub mod offer;
pub mod offer_draft;
pub mod onboarding;
pub mod outlook;
pub mod scorecard;
pub mod settings;
pub mod slots;
pub mod spans;
#[cfg(test)]
mod states;
pub mod task;
pub mod timer;
pub mod turn;
pub mod wall;
pub mod workbench;

use chassis::id;

id!(
    /// A person of the talent pool.
    CandidateId,
    "cand"
);
