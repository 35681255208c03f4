//! Pure decisions: no I/O, no clock of their own.

pub mod backoff;
pub mod breaker;
pub mod calendar;
pub mod channel;
pub mod compose;
pub mod ending;
pub mod facts;
pub mod gate;
pub mod html;
pub mod library;
pub mod links;
pub mod message;
pub mod priority;
pub mod render;
pub mod route;
pub mod sample;
pub mod schedule;
pub mod short;
pub mod step;
pub mod terms;
pub mod token;
pub mod when;
