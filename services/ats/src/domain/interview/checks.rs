//! What is asked for an interview, and whether it can be.

use chassis::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{cadence::halfway, settings::ReschedulePolicy};

/// The longest and the shortest meeting.
const DURATIONS: (TimeDelta, TimeDelta) = (TimeDelta::minutes(15), TimeDelta::hours(8));

/// A meeting's length, from what was asked for; an hour when nothing was.
pub fn check_duration(asked: Option<TimeDelta>) -> Result<TimeDelta> {
    let duration = asked.unwrap_or(TimeDelta::hours(1));
    if duration < DURATIONS.0 || duration > DURATIONS.1 {
        return Err(Error::invalid("duration", "DURATION_OUT_OF_RANGE", "must be between 15 minutes and 8 hours"));
    }
    Ok(duration)
}

/// By when an answer is asked for: what was said, or 48 hours from now, or half the time to the start when that is sooner.
pub fn check_answer_by(
    asked: Option<DateTime<Utc>>,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let answer_by = asked.unwrap_or_else(|| (now + TimeDelta::hours(48)).min(halfway(now, start)));
    if answer_by <= now || answer_by > start {
        return Err(Error::invalid("answer_by", "TIME_OUT_OF_RANGE", "must lie between now and the start"));
    }
    Ok(answer_by)
}

/// Refuses a start that has passed.
pub fn check_start(field: &str, start: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    if start > now {
        return Ok(());
    }
    Err(Error::invalid(field, "TIME_IN_PAST", "must be in the future"))
}

/// The times to offer: each once, soonest first. Refuses those that have passed.
pub fn check_offered(field: &str, mut times: Vec<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>> {
    times.iter().enumerate().try_for_each(|(place, time)| check_start(&format!("{field}[{place}]"), *time, now))?;
    times.sort_unstable();
    times.dedup();
    Ok(times)
}

/// Until when offered times are held: for as long as was asked, or as the tenant does.
pub fn check_hold(asked: Option<TimeDelta>, policy: &ReschedulePolicy, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let hold = asked.unwrap_or(policy.hold());
    if !ReschedulePolicy::HOLDS.contains(&hold) {
        return Err(Error::invalid("hold_for", "DURATION_OUT_OF_RANGE", "must be between 15 minutes and 14 days"));
    }
    Ok(now + hold)
}
