//! All SQL of the service, one file per aggregate, and the keys with which it seals.

pub mod briefs;
pub mod candidates;
pub mod consents;
pub mod contact_points;
pub mod engagements;
pub mod imported_rows;
pub mod keyring;
pub mod people;
pub mod search;
pub mod tags;
pub mod timeline;
