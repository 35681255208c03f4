//! What it does when time passes.

pub mod campaigns;
pub mod erase;
pub mod identities;
pub mod imports;
pub mod keys;
pub mod watches;
