//! Pure decisions: no I/O, no clock of their own.

pub mod analysis;
pub mod brief;
pub mod candidate;
pub mod city;
pub mod clean;
pub mod consent;
pub mod contact;
pub mod document;
pub mod engagement;
pub mod erasure;
mod groups;
pub mod import;
pub mod matching;
pub mod meaning;
pub mod person;
pub mod query;
pub mod reading;
pub mod resume;
pub mod skills;
pub mod synonyms;
pub mod tag;
pub mod texts;
