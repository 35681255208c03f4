//! What it does when time passes.

pub mod figures;
pub mod training;
