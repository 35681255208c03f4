//! What it does when time passes.

pub mod erase;
pub mod keys;
