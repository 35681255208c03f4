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
