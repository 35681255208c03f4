//! From the domain to protobuf, one file per noun of the contract.

mod applications;
mod cadences;
mod calendars;
mod centre;
mod interviews;
mod jobs;
mod tasks;

pub use self::{
    applications::application,
    cadences::{moment, no_show, planned, rehearsal},
    calendars::{taken, working_hours},
    centre::centre,
    interviews::interview,
    jobs::{job, settings},
    tasks::task,
};
