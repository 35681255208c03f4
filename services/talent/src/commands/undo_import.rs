//! Somebody takes an import back; the work is done in the background, see [`super::undo_people`].

use std::collections::HashSet;

use chassis::{Result, TenantTx, wire};
use usher_proto::talent::v1::{ImportState, UndoImportRequest};

use crate::{
    domain::{
        candidate::CandidateId,
        imports::{Import, ImportId},
    },
    keys::TenantKey,
    store,
};

/// From now on it is being undone, and nobody brings more rows with it.
pub async fn run(tx: &mut TenantTx, request: UndoImportRequest) -> Result<Import> {
    let id: ImportId = wire::id("import_id", &request.import_id)?;
    let mut import = store::imports::lock(tx, id).await?;
    let attempt = import.attempt;
    if import.undo(tx.now())? {
        store::imports::update(tx, &import, attempt).await?;
    }
    Ok(import)
}

/// How many people are undone in one transaction, and how many rows are forgotten in one.
const PEOPLE: i64 = 100;
const ROWS: i64 = 5_000;

/// People who are next.
pub async fn next(tx: &mut TenantTx, id: ImportId) -> Result<Vec<CandidateId>> {
    store::import_changes::people(tx, id, PEOPLE).await
}

/// A piece of the work: people who were [`next`], and which of them ats knows. True when there may be more of it; false when
/// all is done, or somebody else does it.
pub async fn go_on(
    tx: &mut TenantTx,
    key: &TenantKey,
    id: ImportId,
    people: &[CandidateId],
    applicants: &HashSet<CandidateId>,
) -> Result<bool> {
    let Some(mut import) = store::imports::lock_undoing(tx, id).await? else { return Ok(false) };
    super::undo_people::run(tx, key, &mut import, people, applicants).await?;
    let is_done = people.is_empty() && store::imported_rows::forget(tx, id, ROWS).await? == 0;
    if is_done {
        import.kept_state = ImportState::Undone;
    }
    let attempt = import.attempt;
    store::imports::update(tx, &import, attempt).await?;
    Ok(!is_done)
}
