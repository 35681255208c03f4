//! What it does when time passes.

pub mod keys;
pub mod watches;
