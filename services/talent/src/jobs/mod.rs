//! What it does when time passes.

pub mod campaigns;
pub mod keys;
pub mod watches;
