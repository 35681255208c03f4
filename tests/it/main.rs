//! The whole suite through its front doors.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "what a helper can not do fails the test; what a crash cost is said"
)]

mod activation;
mod authorization;
mod clients;
mod crash;
mod delivery_faults;
mod history;
mod import;
mod index_command;
mod lint_command;
mod merges;
mod privacy;
mod privacy_command;
mod replies;
mod reports;
mod screening;
mod simulator;
mod trace;
mod up;
