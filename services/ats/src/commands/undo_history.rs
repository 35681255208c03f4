//! Somebody takes an import of past interviews back; the work is done in the background.

use std::collections::HashSet;

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{Attendance, ImportState, PastInterviewRemoved, UndoImportRequest};
use uuid::Uuid;

use crate::{
    domain::{
        history_import::{Import, ImportId},
        interview::InterviewId,
    },
    store::{self, history::Brought},
};

/// Interviews that are removed in one transaction.
const ROWS: i64 = 500;

/// From now on it is being undone, and nobody brings more rows with it.
pub async fn run(tx: &mut TenantTx, request: UndoImportRequest) -> Result<Import> {
    let mut import = store::history_imports::lock(tx, wire::id("import_id", &request.import_id)?).await?;
    if import.undo() {
        store::history_imports::save(tx, &import).await?;
    }
    Ok(import)
}

/// A piece of the work. True when there may be more of it; false when all is done, or somebody else does it.
pub async fn go_on(tx: &mut TenantTx, id: ImportId) -> Result<bool> {
    let Some(mut import) = store::history_imports::lock_undoing(tx, id).await? else { return Ok(false) };
    let brought = store::history::brought(tx, id, ROWS).await?;
    let is_done = brought.is_empty();
    if is_done {
        import.kept_state = ImportState::Undone;
    } else {
        remove(tx, id, &brought).await?;
        import.undone += i64::try_from(brought.len()).unwrap_or(i64::MAX);
    }
    store::history_imports::save(tx, &import).await?;
    Ok(!is_done)
}

async fn remove(tx: &mut TenantTx, import: ImportId, brought: &[Brought]) -> Result<()> {
    // Nobody is forgotten while they are being named; of whoever is forgotten meanwhile nothing is said.
    let people: Vec<Uuid> = brought.iter().filter_map(|one| one.candidate_id).map(|id| id.0).collect();
    let forgotten = outbox::erasure::hold(tx, &people).await?;
    let events: Vec<_> = brought.iter().map(|one| (one.interview_id, removed(import, one, &forgotten))).collect();
    let ids: Vec<InterviewId> = brought.iter().map(|one| one.interview_id).collect();
    store::history::remove(tx, import, &ids).await?;
    let lent: Vec<(InterviewId, &PastInterviewRemoved)> = events.iter().map(|(id, event)| (*id, event)).collect();
    outbox::append_all(tx, &lent).await?;
    Ok(())
}

fn removed(import: ImportId, one: &Brought, forgotten: &HashSet<Uuid>) -> PastInterviewRemoved {
    let said = PastInterviewRemoved {
        interview_id: one.interview_id.to_string(),
        import_id: import.to_string(),
        ..PastInterviewRemoved::default()
    };
    if one.candidate_id.is_some_and(|id| forgotten.contains(&id.0)) {
        return said;
    }
    PastInterviewRemoved {
        candidate_id: one.candidate_id.map(|id| id.to_string()).unwrap_or_default(),
        attendance: one.attendance.map_or(Attendance::Unspecified.into(), i32::from),
        start_time: one.start_time.map(wire::timestamp),
        ..said
    }
}
