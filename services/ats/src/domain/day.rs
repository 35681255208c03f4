//! Days, which are no instants until a zone says where.

use chassis::{Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// A day as it is written: `YYYY-MM-DD`.
pub fn read(field: &str, text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| Error::invalid(field, "DATE_INVALID", "must be a day of the calendar, as YYYY-MM-DD"))
}

/// A zone of the IANA database.
pub fn zone(field: &str, name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::invalid(field, "TIME_ZONE_UNKNOWN", "must be an IANA zone such as Asia/Shanghai"))
}

/// Which day it is in a zone. What is no zone counts as UTC: nothing that has been checked comes to that.
pub fn today(now: DateTime<Utc>, zone: &str) -> NaiveDate {
    now.with_timezone(&zone.parse().unwrap_or(Tz::UTC)).date_naive()
}

/// A full hour of a day in a zone: the first one where clocks are set back over it, the next that there is where they
/// are set forward over it.
pub fn at(day: NaiveDate, hour: u32, zone: &str) -> DateTime<Utc> {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    let wall = day.and_time(chrono::NaiveTime::MIN) + TimeDelta::hours(hour.into());
    // No gap of the database is longer than a day (Samoa left one out).
    (0..=96)
        .find_map(|quarters| zone.from_local_datetime(&(wall + TimeDelta::minutes(15 * quarters))).earliest())
        .map_or_else(|| wall.and_utc(), |time| time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_hour_that_a_zone_leaves_out_is_the_next_that_there_is() {
        let day = |text| read("x", text).unwrap();
        assert_eq!(at(day("2027-03-28"), 2, "Europe/Berlin").to_rfc3339(), "2027-03-28T01:00:00+00:00");
        assert_eq!(at(day("2026-10-25"), 2, "Europe/Berlin").to_rfc3339(), "2026-10-25T00:00:00+00:00");
        assert_eq!(at(day("2011-12-30"), 9, "Pacific/Apia").to_rfc3339(), "2011-12-30T10:00:00+00:00");
        assert_eq!(read("x", "2027-02-29").unwrap_err().reason(), "DATE_INVALID");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nine_in_the_morning_is_on_its_day(
            zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.as_slice()), days in 20_000_i32..30_000,
        ) {
            let day = NaiveDate::from_epoch_days(days).unwrap();
            prop_assert_eq!(today(at(day, 9, zone.name()), zone.name()), day);
        }
    }
}
