//! One file per verb: load, decide, save, append the event, in the transaction handed in.

pub mod accept;
pub mod archive_template;
pub mod cancel;
pub mod choose_template;
pub mod conclude;
pub mod create_experiment;
pub mod create_template;
pub mod erase_candidate;
pub mod follow_merge;
pub mod prepare;
pub mod preview_template;
pub mod publish_template;
pub mod start_experiment;
pub mod stop_experiment;
pub mod update_template;
