//! Pure arithmetic.

pub mod period;
pub mod wilson;
