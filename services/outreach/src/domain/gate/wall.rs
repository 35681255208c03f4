//! From what a clock on the wall shows to an instant, for rules that go on without asking where clocks skip a time or show
//! it twice.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// No zone is farther from UTC, and none has ever jumped by more.
const FARTHEST: TimeDelta = TimeDelta::hours(30);

/// The first instant at which clocks show this wall time; where they skip it, the instant of the jump.
pub fn first(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _) => time.to_utc(),
        MappedLocalTime::None => jump(zone, wall),
    }
}

/// The last instant at which clocks show this wall time; where they skip it, the instant of the jump.
pub fn last(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(_, time) => time.to_utc(),
        MappedLocalTime::None => jump(zone, wall),
    }
}

/// The second at which clocks jump over a wall time: from then on they show more than it.
fn jump(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    let (mut before, mut after) = (wall.and_utc() - FARTHEST, wall.and_utc() + FARTHEST);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if middle.with_timezone(&zone).naive_local() > wall { after = middle } else { before = middle }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_time_is_the_jump_and_one_shown_twice_is_both() {
        let at = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        for (zone, wall, first_at, last_at) in [
            ("Asia/Shanghai", "2026-11-30T08:00:00", "2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z"),
            ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            ("America/New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-04T02:10:00", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"),
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        ] {
            let zone: Tz = zone.parse().unwrap();
            assert_eq!(first(zone, at(wall)), first_at.parse::<DateTime<Utc>>().unwrap(), "{zone} {wall}");
            assert_eq!(last(zone, at(wall)), last_at.parse::<DateTime<Utc>>().unwrap(), "{zone} {wall}");
        }
    }
}
