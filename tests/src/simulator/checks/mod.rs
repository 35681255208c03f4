//! The suite's word held against the ledger's, and against what is planted.

pub mod arms;
