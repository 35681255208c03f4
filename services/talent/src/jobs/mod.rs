//! What it does when time passes.

pub mod imports;
pub mod keys;
