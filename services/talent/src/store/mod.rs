//! All SQL of the service, one file per aggregate.

pub mod briefs;
pub mod candidates;
pub mod consents;
pub mod contact_points;
pub mod engagements;
pub mod import_changes;
pub mod import_errors;
pub mod imported_rows;
pub mod imports;
pub mod people;
pub mod resumes;
pub mod synonyms;
pub mod tags;
pub mod tenant_keys;
pub mod timeline;
pub mod undo;
