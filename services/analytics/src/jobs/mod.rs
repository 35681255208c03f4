//! What it does when time passes.

pub mod figures;
