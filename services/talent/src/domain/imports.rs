//! A file that was taken in, or is being so, as a thing of its own.

use chassis::{Error, Result, id};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::talent::v1::{ImportFormat, ImportState};

use super::import::{Place, header::Layout};

id!(
    /// An import.
    ImportId,
    "imp"
);

/// For how long an import can be undone.
pub const UNDO_FOR: TimeDelta = TimeDelta::days(30);
/// An import under way that has been silent for so long has broken. Nobody is waited for as long.
const SILENT_FOR: TimeDelta = TimeDelta::minutes(5);
/// Why it counts as broken then.
const SILENT: &str = "IMPORT_SILENT";

/// What became of rows so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows_read: i64,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub rejected: i64,
}

/// What became of people when it was undone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undone {
    /// Who was removed.
    pub created: i64,
    /// Who got earlier values again.
    pub updated: i64,
    /// Of whom not everything could be undone.
    pub problems: i64,
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    pub id: ImportId,
    pub format: ImportFormat,
    /// A keyed hash of the file's; `None` when it is not known.
    pub fingerprint: Option<Vec<u8>>,
    pub size: i64,
    /// The mapping as it was sent.
    pub mapping: Vec<u8>,
    /// Which column is where, once the header was read.
    pub layout: Option<Layout>,
    /// As it is kept; see [`Import::state`].
    pub kept_state: ImportState,
    pub broken_reason: String,
    /// Whoever works on it has its number.
    pub attempt: i32,
    pub counts: Counts,
    pub place: Place,
    pub undone: Undone,
    pub actor: String,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
    pub undo_expire_time: DateTime<Utc>,
}

impl Import {
    /// How it stands at that moment, and why it broke, when it did.
    pub fn state(&self, now: DateTime<Utc>) -> (ImportState, &str) {
        let is_silent = self.kept_state == ImportState::Running && self.update_time + SILENT_FOR < now;
        if is_silent { (ImportState::Broken, SILENT) } else { (self.kept_state, &self.broken_reason) }
    }

    /// Somebody goes on with it from a place. The caller's file must be this one, and the place where it stands.
    pub fn resume(&mut self, fingerprint: Option<&[u8]>, position: u64) -> Result<()> {
        if !matches!(self.kept_state, ImportState::Running | ImportState::Broken) {
            let message = "this import is done, or undone; send the file as a new one";
            return Err(Error::failed_precondition("IMPORT_NOT_RESUMABLE", message));
        }
        if let (Some(sent), Some(known)) = (fingerprint, self.fingerprint.as_deref())
            && sent != known
        {
            return Err(Error::failed_precondition(
                "IMPORT_OTHER_FILE",
                "this is not the file that the import began with",
            ));
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

    /// It is to be taken back. False when it is, or is being, already. Whoever works on it is stopped.
    pub fn undo(&mut self, now: DateTime<Utc>) -> Result<bool> {
        if matches!(self.kept_state, ImportState::Undoing | ImportState::Undone) {
            return Ok(false);
        }
        if self.undo_expire_time <= now {
            let message = "what was before this import is forgotten; it can not be undone any more";
            return Err(Error::failed_precondition("IMPORT_UNDO_EXPIRED", message));
        }
        self.kept_state = ImportState::Undoing;
        self.attempt += 1;
        Ok(true)
    }
}

/// Checks what a caller says of a file's SHA-256; `None` when it is not known.
pub fn fingerprint(said: &str) -> Result<Option<&str>> {
    let is_one = said.len() == 64 && said.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match said {
        "" => Ok(None),
        said if is_one => Ok(Some(said)),
        _ => Err(Error::invalid(
            "start.fingerprint",
            "IMPORT_FINGERPRINT_INVALID",
            "must be a SHA-256 in lower-case hexadecimal",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import() -> Import {
        Import {
            id: ImportId::new(),
            format: ImportFormat::Csv,
            fingerprint: Some(vec![1]),
            size: 0,
            mapping: Vec::new(),
            layout: None,
            kept_state: ImportState::Running,
            broken_reason: String::new(),
            attempt: 1,
            counts: Counts::default(),
            place: Place { position: 7, line: 2 },
            undone: Undone::default(),
            actor: String::new(),
            create_time: DateTime::UNIX_EPOCH,
            update_time: DateTime::UNIX_EPOCH,
            undo_expire_time: DateTime::UNIX_EPOCH + UNDO_FOR,
        }
    }

    #[test]
    fn one_goes_on_with_the_same_file_at_the_same_place() {
        let reason = |outcome: Result<()>| outcome.unwrap_err().reason().to_owned();
        assert_eq!(reason(import().resume(Some(&[2]), 7)), "IMPORT_OTHER_FILE");
        assert_eq!(reason(import().resume(None, 6)), "IMPORT_POSITION_MOVED");
        let mut one = import();
        one.resume(Some(&[1]), 7).unwrap();
        assert_eq!(one.attempt, 2);
        one.undo(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(reason(one.resume(None, 7)), "IMPORT_NOT_RESUMABLE");
    }

    #[test]
    fn it_is_undone_once_and_in_time() {
        let mut one = import();
        assert!(one.undo(DateTime::UNIX_EPOCH).unwrap());
        assert!(!one.undo(DateTime::UNIX_EPOCH + UNDO_FOR).unwrap());
        let late = import().undo(DateTime::UNIX_EPOCH + UNDO_FOR).unwrap_err();
        assert_eq!(late.reason(), "IMPORT_UNDO_EXPIRED");
    }

    #[test]
    fn whoever_is_silent_has_broken() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert_eq!(import().state(at(300)).0, ImportState::Running);
        assert_eq!(import().state(at(301)), (ImportState::Broken, "IMPORT_SILENT"));
    }
}
