//! How the attributes of events are read, for facts to be made of them.

use chassis::{Error, Result, ids::read_type_id, wire};
use chrono::{DateTime, Utc};
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

use crate::domain::{
    fact::{Fact, Kind},
    told::Told,
};

impl Told {
    /// What an event says of a root.
    pub fn new(event: &Event, kind: Kind, root: Uuid) -> Result<Self> {
        let id = Uuid::parse_str(&event.id).map_err(|error| Error::internal("an event has no id", &error))?;
        let time = wire::required_instant("time", event.time.as_ref())?;
        Ok(Self { fact: Fact::new(kind, root, id, time, event.position), person: None, job: None })
    }

    /// Whose it is.
    pub fn of(mut self, candidate: &str) -> Result<Self> {
        self.person = optional("cand", candidate)?;
        Ok(self)
    }

    /// For which job.
    pub fn for_job(mut self, job: &str) -> Result<Self> {
        self.job = optional("job", job)?;
        Ok(self)
    }
}

/// An id of that kind.
pub fn id(prefix: &'static str, text: &str) -> Result<Uuid> {
    read_type_id(prefix, text).map_err(|error| Error::invalid(prefix, "ID_MALFORMED", error.to_string()))
}

/// An id of that kind, or nothing.
pub fn optional(prefix: &'static str, text: &str) -> Result<Option<Uuid>> {
    if text.is_empty() { Ok(None) } else { id(prefix, text).map(Some) }
}

/// A code of the contract as it is kept.
pub fn code(number: i32) -> i16 {
    i16::try_from(number).unwrap_or_default()
}

/// An instant that an event tells, or nothing.
pub fn instant(field: &str, time: Option<&prost_types::Timestamp>) -> Result<Option<DateTime<Utc>>> {
    time.map(|time| wire::instant(field, time)).transpose()
}
