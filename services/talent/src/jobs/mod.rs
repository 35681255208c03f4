//! What it does when time passes.

pub mod identities;
pub mod keys;
