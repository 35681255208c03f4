//! Pure decisions: no I/O, no clock of their own.

pub mod backoff;
pub mod breaker;
pub mod calendar;
pub mod compose;
pub mod ending;
pub mod facts;
pub mod html;
pub mod library;
pub mod message;
pub mod priority;
pub mod render;
pub mod schedule;
pub mod terms;
pub mod when;
