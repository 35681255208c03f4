//! One verb: take a fact down, in the transaction handed in.

pub mod take_down;
