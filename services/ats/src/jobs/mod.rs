//! What it does when time passes.

pub mod history;
pub mod timers;
