//! What a pass finds: which comparisons there are, which of them can be told from luck, and what is proposed.
//!
//! | module | what it knows |
//! |---|---|
//! | [`look`] | which reports are looked at, and what is compared with what |
//! | [`comparison`] | two shares, and whether they are enough to compare |
//! | [`fisher`] | how likely such a difference is by luck |
//! | [`finding`] | what is left of all comparisons, and what weighs most |

pub mod comparison;
pub mod finding;
pub mod fisher;
pub mod look;
