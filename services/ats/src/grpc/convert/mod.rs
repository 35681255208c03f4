//! From the domain to protobuf, one file per noun of the contract.

mod applications;
mod cadences;
mod calendar;
mod calendars;
mod centre;
mod history;
mod interviews;
mod jobs;
mod offers;
mod onboardings;
mod tasks;

pub use self::{
    applications::{application, whose_turn},
    cadences::{moment, no_show, planned, rehearsal},
    calendars::{taken, working_hours},
    centre::{centre, centre_without_interview},
    history::import,
    interviews::interview,
    jobs::{job, settings},
    offers::{centre_offer, offer, offer_with_history},
    onboardings::onboarding,
    tasks::task,
};
