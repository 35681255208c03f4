//! From the domain to protobuf, one file per noun of the contract.

mod applications;
mod calendars;
mod centre;
mod interviews;
mod jobs;
mod tasks;

pub use self::{
    applications::application,
    calendars::{taken, working_hours},
    centre::centre,
    interviews::interview,
    jobs::{job, settings},
    tasks::task,
};
