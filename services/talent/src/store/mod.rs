//! All SQL of the service, one file per aggregate.

pub mod briefs;
pub mod campaign_members;
pub mod campaign_messages;
pub mod campaigns;
pub mod candidates;
pub mod consents;
pub mod contact_points;
pub mod duplicates;
pub mod engagements;
pub mod external;
pub mod identity_keys;
pub mod import_changes;
pub mod import_errors;
pub mod imported_rows;
pub mod imports;
pub mod merges;
pub mod people;
pub mod resumes;
pub mod saved_search_matches;
pub mod saved_searches;
pub mod synonyms;
pub mod tags;
pub mod tenant_keys;
pub mod timeline;
pub mod undo;
pub mod watches;
