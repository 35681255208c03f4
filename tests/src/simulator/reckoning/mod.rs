//! Each report, reckoned from the ledger alone by code of its own: nothing of analytics is used here.

pub mod interval;
