//! From the domain to protobuf, one file per noun of the contract.

mod applications;
mod calendar;
mod centre;
mod interviews;
mod jobs;
mod tasks;

pub use self::{
    applications::{application, whose_turn},
    centre::centre,
    interviews::interview,
    jobs::{job, settings},
    tasks::task,
};
