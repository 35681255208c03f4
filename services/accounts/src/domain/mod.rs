//! Pure decisions: no I/O, no clock of their own.

pub mod api_key;
pub mod grants;
pub mod issuer;
pub mod people;
