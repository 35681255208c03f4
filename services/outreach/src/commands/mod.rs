//! One file per verb: load, decide, save, append the event, in the transaction handed in.

pub mod accept;
pub mod cancel;
pub mod conclude;
pub mod create_template;
pub mod erase_candidate;
pub mod follow_merge;
pub mod prepare;
pub mod redrive;
pub mod send;
