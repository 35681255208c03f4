//! Pure decisions: no I/O, no clock of their own.

pub mod brief;
pub mod candidate;
pub mod city;
pub mod clean;
pub mod consent;
pub mod contact;
pub mod engagement;
pub mod import;
pub mod index;
pub mod person;
pub mod query;
pub mod reading;
pub mod resume;
pub mod tag;
