//! The one program of the suite.
//!
//! `usher up` runs everything on one machine for trying it out; `usher serve --only ats` is one pod. Both make their
//! services in [`suite`] and run them with `chassis::service::Process`; there is no second path.

/// Answers are made of many short texts, and an index that is built leaves behind much that is free: glibc's allocator is
/// slower at the one and keeps the other. See `docs/benchmarks.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod cli;
pub mod client;
pub mod keys;
pub mod receipt;
pub mod servers;
pub mod settings;
pub mod suite;
pub mod ui;
