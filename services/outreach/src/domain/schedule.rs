//! When a message that is asked for may go out at the earliest.

use chassis::{Error, Result, wire};
use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Timestamp;

/// Clocks differ, and a request takes its time.
const PAST: TimeDelta = TimeDelta::minutes(5);
/// What is planned further ahead is forgotten by those who planned it.
const AHEAD: TimeDelta = TimeDelta::days(366);

/// The time that was asked for, `None` for at once. Errors: `INVALID_ARGUMENT` (`SCHEDULE_TIME_OUT_OF_RANGE`).
pub fn not_before(field: &str, asked: Option<&Timestamp>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let Some(asked) = asked else { return Ok(None) };
    let time = wire::instant(field, asked)?;
    if time < now - PAST || time > now + AHEAD {
        return Err(Error::invalid(
            field,
            "SCHEDULE_TIME_OUT_OF_RANGE",
            "must be no more than 5 minutes past and 366 days ahead; leave it out to send at once",
        ));
    }
    Ok(Some(time).filter(|time| *time > now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_within_reach_holds_and_any_other_is_refused() {
        let now = DateTime::from_timestamp(1_796_000_000, 0).unwrap();
        let at = |delta| not_before("schedule_time", Some(&wire::timestamp(now + delta)), now);
        assert_eq!(at(TimeDelta::hours(1)).unwrap(), Some(now + TimeDelta::hours(1)));
        assert_eq!(at(AHEAD).unwrap(), Some(now + AHEAD));
        assert_eq!(at(-PAST).unwrap(), None, "just past is at once");
        assert_eq!(not_before("schedule_time", None, now).unwrap(), None);
        for wrong in [-PAST - TimeDelta::seconds(1), AHEAD + TimeDelta::seconds(1)] {
            assert_eq!(at(wrong).unwrap_err().reason(), "SCHEDULE_TIME_OUT_OF_RANGE");
        }
        for hostile in [i64::MIN, i64::MAX] {
            assert!(not_before("t", Some(&Timestamp { seconds: hostile, nanos: 0 }), now).is_err());
        }
    }
}
