//! One file per verb: load, decide, save, append the event, in the transaction handed in.

pub mod answer;
pub mod attendance;
pub mod bulk_move;
pub mod close_job;
pub mod create_application;
pub mod create_job;
pub mod end_application;
pub mod feedback;
pub mod follow_up;
pub mod hear_message;
pub mod hold_job;
pub mod interview_changes;
pub mod link;
pub mod move_application;
pub mod open_job;
pub mod say;
pub mod schedule_interview;
pub mod stage_overdue;
pub mod task;
pub mod task_told;
pub mod unreject_application;
pub mod update_job;
pub mod update_settings;
pub mod wake_task;
