//! What it does when time passes.

pub mod due;
pub mod figures;
