//! The half-open period of a report.

use chassis::{Error, Result, wire};
use chrono::{DateTime, Utc};
use usher_proto::analytics::v1 as pb;

/// From the first until before the second; unset ends are open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Period {
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

impl Period {
    /// From a request.
    pub fn of(asked: Option<&pb::Period>) -> Result<Self> {
        let Some(asked) = asked else { return Ok(Self::default()) };
        let end = |field: &str, time: Option<&prost_types::Timestamp>| {
            time.map(|time| wire::instant(field, time)).transpose()
        };
        let period = Self {
            from: end("period.start_time", asked.start_time.as_ref())?,
            until: end("period.end_time", asked.end_time.as_ref())?,
        };
        match (period.from, period.until) {
            (Some(from), Some(until)) if from >= until => {
                Err(Error::invalid("period.end_time", "PERIOD_REVERSED", "must come after period.start_time"))
            }
            _ => Ok(period),
        }
    }
}
