//! What it does when time passes.

pub mod adding;
pub mod due;
pub mod figures;
