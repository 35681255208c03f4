use chassis::wire::timestamp;
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::Import as Shown;

use crate::domain::history_import::Import;

/// An import of past interviews as it stands at that moment.
pub fn import(import: Import, now: DateTime<Utc>) -> Shown {
    let (state, reason) = import.state(now);
    Shown {
        import_id: import.id.to_string(),
        state: state.into(),
        broken_reason: reason.to_owned(),
        rows_read: import.counts.rows_read,
        created: import.counts.created,
        unchanged: import.counts.unchanged,
        rejected: import.counts.rejected,
        position: import.place.position,
        next_line: import.place.line,
        size: import.size,
        create_time: Some(timestamp(import.create_time)),
        update_time: Some(timestamp(import.update_time)),
        undone_created: import.undone,
        actor: import.actor,
    }
}
