//! All SQL of the service, one file per aggregate.

pub mod briefs;
pub mod candidates;
pub mod consents;
pub mod contact_points;
pub mod engagements;
pub mod erasures;
pub mod imported_rows;
pub mod people;
pub mod receipt_keys;
pub mod resumes;
pub mod subjects;
pub mod synonyms;
pub mod tags;
pub mod tenant_keys;
pub mod timeline;
pub mod tombstones;
