//! Pure decisions: no I/O, no clock of their own.

pub mod backoff;
pub mod calendar;
pub mod channel;
pub mod choice;
pub mod compose;
pub mod experiment;
pub mod fact;
pub mod facts;
pub mod gate;
pub mod html;
pub mod library;
pub mod links;
pub mod message;
pub mod plain;
pub mod render;
pub mod route;
pub mod sample;
pub mod short;
pub mod step;
pub mod template;
pub mod terms;
pub mod token;
pub mod values;
pub mod variables;
pub mod when;
