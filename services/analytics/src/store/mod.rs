//! All SQL of the service.

pub mod facts;
pub mod reports;
pub mod subjects;
