//! The one program of the suite.
//!
//! `usher up` runs everything on one machine for trying it out; `usher serve --only ats` is one pod. Both make their
//! services in [`suite`] and run them with `chassis::service::Process`; there is no second path.

pub mod cli;
pub mod client;
pub mod keys;
pub mod receipt;
pub mod servers;
pub mod settings;
pub mod suite;
pub mod ui;
