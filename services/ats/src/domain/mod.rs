//! Pure decisions and state machines: no I/O, no clock of their own.

pub mod application;
pub mod cadence;
pub mod draft;
pub mod interview;
pub mod job;
pub mod link;
pub mod settings;
pub mod task;
pub mod timer;
pub mod workbench;

use chassis::id;

id!(
    /// A person of the talent pool.
    CandidateId,
    "cand"
);
