//! Whatever the pool keeps about a person, table by table. A new table that holds something about people gets its line
//! here, before those that its rows refer to: it is exported and forgotten by it.

use chassis::{
    Result, TenantTx, subject_table,
    subjects::{Export, Table},
};
use usher_proto::privacy::v1::ErasedStore;

use crate::domain::candidate::CandidateId;

/// `$2` is the person.
const TABLES: &[Table] = &[
    subject_table!("watch_work", unsaid, "kind = 2 AND subject_id = $2"),
    subject_table!("watched_people", unsaid, "candidate_id = $2"),
    subject_table!("saved_search_matches", "candidate_id = $2"),
    subject_table!("campaign_messages", "candidate_id = $2"),
    subject_table!("campaign_members", "candidate_id = $2"),
    subject_table!("external_pages", unsaid, "candidate_id = $2"),
    subject_table!("external_activities", without "blind, fingerprint, key_version, sealed", "candidate_id = $2"),
    subject_table!("undo_problems", "candidate_id = $2"),
    subject_table!("import_changes", without "key_version, sealed", "candidate_id = $2"),
    subject_table!("duplicates", "(first_id = $2 OR second_id = $2)"),
    subject_table!("identity_keys", unsaid, "candidate_id = $2"),
    subject_table!("merges", without "absorbed_points", "(survivor_id = $2 OR absorbed_id = $2)"),
    subject_table!("timeline_entries", "candidate_id = $2"),
    subject_table!("contact_briefs", "candidate_id = $2"),
    subject_table!("engagements", "candidate_id = $2"),
    subject_table!("tags", "candidate_id = $2"),
    subject_table!("consents", "candidate_id = $2"),
    subject_table!("resumes", without "blind, key_version, sealed_name, sealed_text, sealed_file", "candidate_id = $2"),
    // `profile.json` tells them, opened.
    subject_table!("contact_points", unsaid, "candidate_id = $2"),
    subject_table!("candidates", unsaid, "candidate_id = $2"),
];

/// Tells the rows.
pub async fn export(tx: &mut TenantTx, candidate: CandidateId, out: &mut Export) -> Result<()> {
    chassis::subjects::export(tx, TABLES, candidate.0, out).await
}

/// Forgets the rows.
pub async fn erase(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ErasedStore>> {
    chassis::subjects::erase(tx, TABLES, candidate.0).await
}
