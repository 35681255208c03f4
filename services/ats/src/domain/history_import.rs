//! A file of past interviews that was taken in, or is being so.

use chassis::{Error, Result, id};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::ats::v1::ImportState;

id!(
    /// An import.
    ImportId,
    "hist"
);

/// An import under way that has been silent for so long has broken. Nobody is waited for as long.
const SILENT_FOR: TimeDelta = TimeDelta::minutes(5);
/// Why it counts as broken then.
const SILENT: &str = "IMPORT_SILENT";

/// What became of rows so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows_read: i64,
    pub created: i64,
    pub unchanged: i64,
    pub rejected: i64,
}

/// A place in a file between two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many bytes are before it.
    pub position: i64,
    /// The line that follows, from 1.
    pub line: i64,
}

impl Default for Place {
    fn default() -> Self {
        Self { position: 0, line: 1 }
    }
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub line: i64,
    pub field: String,
    /// Stable.
    pub reason: String,
    /// How to mend it.
    pub message: String,
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    pub id: ImportId,
    /// Empty when it is not known.
    pub fingerprint: String,
    pub size: i64,
    /// As it is kept; see [`Import::state`].
    pub kept_state: ImportState,
    pub broken_reason: String,
    /// Whoever works on it has its number.
    pub attempt: i32,
    pub counts: Counts,
    pub place: Place,
    /// Interviews that were removed when it was undone.
    pub undone: i64,
    pub actor: String,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

impl Import {
    /// One that begins now.
    pub fn new(fingerprint: String, size: i64, actor: String, now: DateTime<Utc>) -> Self {
        Self {
            id: ImportId::new(),
            fingerprint,
            size,
            kept_state: ImportState::Running,
            broken_reason: String::new(),
            attempt: 1,
            counts: Counts::default(),
            place: Place::default(),
            undone: 0,
            actor,
            create_time: now,
            update_time: now,
        }
    }

    /// How it stands at that moment, and why it broke, when it did.
    pub fn state(&self, now: DateTime<Utc>) -> (ImportState, &str) {
        let is_silent = self.kept_state == ImportState::Running && self.update_time + SILENT_FOR < now;
        if is_silent { (ImportState::Broken, SILENT) } else { (self.kept_state, &self.broken_reason) }
    }

    /// Somebody goes on with it from a place. The caller's file must be this one, and the place where it stands.
    pub fn resume(&mut self, fingerprint: &str, position: i64) -> Result<()> {
        if !matches!(self.kept_state, ImportState::Running | ImportState::Broken) {
            let message = "this import is done, or undone; send the file as a new one";
            return Err(Error::failed_precondition("IMPORT_NOT_RESUMABLE", message));
        }
        let are_known = !fingerprint.is_empty() && !self.fingerprint.is_empty();
        if are_known && fingerprint != self.fingerprint {
            let message = "this is not the file and the mapping that the import began with";
            return Err(Error::failed_precondition("IMPORT_OTHER_FILE", message));
        }
        if position != self.place.position {
            let message = "the import stands at another place of the file; go on from there";
            return Err(
                Error::failed_precondition("IMPORT_POSITION_MOVED", message).with("position", self.place.position)
            );
        }
        self.kept_state = ImportState::Running;
        self.broken_reason.clear();
        self.attempt += 1;
        Ok(())
    }

    /// It can not go on now.
    pub fn break_off(&mut self, reason: &str) {
        self.kept_state = ImportState::Broken;
        reason.clone_into(&mut self.broken_reason);
    }

    /// It is to be taken back. False when it is, or is being, already. Whoever works on it is stopped.
    pub fn undo(&mut self) -> bool {
        if matches!(self.kept_state, ImportState::Undoing | ImportState::Undone) {
            return false;
        }
        self.kept_state = ImportState::Undoing;
        self.attempt += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import() -> Import {
        let place = Place { position: 7, line: 2 };
        Import { place, ..Import::new("a".to_owned(), 0, String::new(), DateTime::UNIX_EPOCH) }
    }

    #[test]
    fn one_goes_on_with_the_same_file_at_the_same_place() {
        let reason = |outcome: Result<()>| outcome.unwrap_err().reason().to_owned();
        assert_eq!(reason(import().resume("b", 7)), "IMPORT_OTHER_FILE");
        assert_eq!(reason(import().resume("", 6)), "IMPORT_POSITION_MOVED");
        let mut one = import();
        one.break_off("IMPORT_TRUNCATED");
        one.resume("a", 7).unwrap();
        assert_eq!((one.attempt, one.state(DateTime::UNIX_EPOCH)), (2, (ImportState::Running, "")));
        assert!(one.undo() && !one.undo(), "once");
        assert_eq!(reason(one.resume("a", 7)), "IMPORT_NOT_RESUMABLE");
    }

    #[test]
    fn whoever_is_silent_has_broken() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert_eq!(import().state(at(300)).0, ImportState::Running);
        assert_eq!(import().state(at(301)), (ImportState::Broken, "IMPORT_SILENT"));
    }
}
