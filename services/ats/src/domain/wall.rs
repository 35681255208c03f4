//! From what a clock on the wall shows to an instant.
//!
//! A zone's clocks skip wall times when they go forward and show some twice when they go back. A person who names such a
//! time is asked which instant they mean ([`instant`]); a rule, such as "works from nine", goes on without asking
//! ([`first_from`], [`last_until`]).

use chassis::{Error, Result};
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use usher_proto::ats::v1::WallTimeChoice;

/// How the wire writes a wall time.
const FORMAT: &str = "%Y-%m-%dT%H:%M";
/// No zone's clocks have ever jumped by more: the Pacific islands that changed sides of the date line skipped a day.
const LONGEST_GAP: TimeDelta = TimeDelta::hours(26);

/// The zone of that name.
pub fn zone(field: &str, name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::invalid(field, "TIME_ZONE_UNKNOWN", "must be an IANA zone such as Asia/Shanghai"))
}

/// The instant that somebody means by a wall time.
pub fn instant(field: &str, text: &str, zone: Tz, choice: WallTimeChoice) -> Result<DateTime<Utc>> {
    let wall = NaiveDateTime::parse_from_str(text, FORMAT)
        .map_err(|_| Error::invalid(field, "TIME_MALFORMED", "must be a date and a time such as 2026-11-27T14:00"))?;
    match (zone.from_local_datetime(&wall), choice) {
        (MappedLocalTime::Single(time), _)
        | (MappedLocalTime::Ambiguous(time, _), WallTimeChoice::Earlier)
        | (MappedLocalTime::Ambiguous(_, time), WallTimeChoice::Later) => Ok(time.to_utc()),
        (MappedLocalTime::Ambiguous(earlier, later), WallTimeChoice::Unspecified) => {
            let description = "is shown twice by clocks there that day; say which one with wall_time_choice";
            Err(Error::invalid(field, "TIME_AMBIGUOUS", description)
                .with("earlier", earlier.to_rfc3339())
                .with("later", later.to_rfc3339()))
        }
        (MappedLocalTime::None, _) => {
            let next = first_from(zone, wall).map(|time| time.with_timezone(&zone).to_rfc3339()).unwrap_or_default();
            let description = format!("is skipped by clocks there that day; the next there is is {next}");
            Err(Error::invalid(field, "TIME_NONEXISTENT", description).with("next", next))
        }
    }
}

/// The first instant from which clocks show at least this wall time: where it is skipped, the end of the gap; where it is
/// shown twice, the first.
pub fn first_from(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _) => Some(time.to_utc()),
        MappedLocalTime::None => after_gap(zone, wall),
    }
}

/// The last instant at which clocks show this wall time: where it is skipped, the end of the gap; where it is shown twice,
/// the second.
pub fn last_until(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(_, time) => Some(time.to_utc()),
        MappedLocalTime::None => after_gap(zone, wall),
    }
}

/// The instant at which clocks jump over a wall time: found between the last hour that exists before it and the first one
/// after it.
fn after_gap(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    let exists = |wall: NaiveDateTime| zone.from_local_datetime(&wall).earliest().map(|time| time.to_utc());
    let hours = |hours: i64| TimeDelta::hours(hours);
    let mut before = (1..=LONGEST_GAP.num_hours()).find_map(|back| exists(wall.checked_sub_signed(hours(back))?))?;
    let mut after = (1..=LONGEST_GAP.num_hours()).find_map(|on| exists(wall.checked_add_signed(hours(on))?))?;
    let jumped = |time: DateTime<Utc>| time.with_timezone(&zone).naive_local() > wall;
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if jumped(middle) { after = middle } else { before = middle }
    }
    Some(after)
}

#[cfg(test)]
pub mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, FORMAT).unwrap()
    }

    #[test]
    fn a_skipped_wall_time_is_refused_and_the_next_one_named() {
        for (zone, wall, next) in [
            ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00:00+02:00"),
            ("America/New_York", "2026-03-08T02:00", "2026-03-08T03:00:00-04:00"),
            ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-04T02:30:00+11:00"),
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T00:00:00+14:00"),
            ("America/Sao_Paulo", "2018-11-04T00:15", "2018-11-04T01:00:00-02:00"),
        ] {
            let refused = instant("start", wall, zone.parse().unwrap(), WallTimeChoice::Unspecified).unwrap_err();
            assert_eq!(refused.reason(), "TIME_NONEXISTENT", "{zone} {wall}");
            assert!(refused.message().contains(next), "{zone} {wall}: {}", refused.message());
        }
    }

    #[test]
    fn a_wall_time_that_is_shown_twice_is_asked_back() {
        let zone = chrono_tz::Europe::Berlin;
        let wall = "2026-10-25T02:30";
        let refused = instant("start", wall, zone, WallTimeChoice::Unspecified).unwrap_err();
        assert_eq!(refused.reason(), "TIME_AMBIGUOUS");
        let chosen = |choice| instant("start", wall, zone, choice).unwrap().to_rfc3339();
        assert_eq!(chosen(WallTimeChoice::Earlier), "2026-10-25T00:30:00+00:00");
        assert_eq!(chosen(WallTimeChoice::Later), "2026-10-25T01:30:00+00:00");
        assert_eq!(first_from(zone, at(wall)).unwrap().to_rfc3339(), "2026-10-25T00:30:00+00:00");
        assert_eq!(last_until(zone, at(wall)).unwrap().to_rfc3339(), "2026-10-25T01:30:00+00:00");
    }

    /// Any zone of the IANA database.
    pub fn any_zone() -> impl Strategy<Value = Tz> {
        (0..TZ_VARIANTS.len()).prop_map(|place| TZ_VARIANTS[place])
    }

    /// Any minute of the years in which zones have rules worth the name; half of them close to a change of some clock.
    pub fn any_wall() -> impl Strategy<Value = NaiveDateTime> {
        let minute = |minute: i64| DateTime::from_timestamp(minute * 60, 0).unwrap().naive_utc();
        let anywhere = (0_i64..2_600_000_000 / 60).prop_map(minute);
        // Clocks change at night, on Sundays of March, April, September, October and November.
        let at_night = (1975_i32..2050, proptest::sample::select(vec![3_u32, 4, 9, 10, 11]), 1_u32..29, 0_u32..300);
        let at_night = at_night.prop_map(|(year, month, day, minute)| {
            let night = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap();
            night.and_hms_opt(minute / 60, minute % 60, 0).unwrap()
        });
        prop_oneof![anywhere, at_night]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4_096, ..ProptestConfig::default() })]
        #[test]
        fn a_wall_time_is_an_instant_that_shows_it_or_a_refusal_that_helps(zone in any_zone(), wall in any_wall()) {
            let text = wall.format(FORMAT).to_string();
            let shows = |time: DateTime<Utc>| time.with_timezone(&zone).naive_local();
            match instant("start", &text, zone, WallTimeChoice::Unspecified) {
                Ok(time) => {
                    prop_assert_eq!(shows(time), wall);
                    prop_assert_eq!((first_from(zone, wall), last_until(zone, wall)), (Some(time), Some(time)));
                }
                Err(refused) if refused.reason() == "TIME_AMBIGUOUS" => {
                    let earlier = instant("start", &text, zone, WallTimeChoice::Earlier).unwrap();
                    let later = instant("start", &text, zone, WallTimeChoice::Later).unwrap();
                    prop_assert!(earlier < later);
                    prop_assert_eq!((shows(earlier), shows(later)), (wall, wall));
                    prop_assert_eq!((first_from(zone, wall), last_until(zone, wall)), (Some(earlier), Some(later)));
                }
                Err(refused) => {
                    prop_assert_eq!(refused.reason(), "TIME_NONEXISTENT");
                    let next = first_from(zone, wall).unwrap();
                    prop_assert!(shows(next) > wall, "the next time there is comes after it");
                    prop_assert!(shows(next - TimeDelta::seconds(1)) < wall, "and nothing lies between");
                    prop_assert_eq!(last_until(zone, wall), Some(next));
                }
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", zone in any_zone()) {
            let _ = instant("start", &text, zone, WallTimeChoice::Unspecified);
        }

        #[test]
        fn wall_times_in_order_are_instants_in_order(zone in any_zone(), wall in any_wall(), minutes in 0_i64..3_000) {
            let later = wall + TimeDelta::minutes(minutes);
            prop_assert!(first_from(zone, wall) <= first_from(zone, later));
            prop_assert!(last_until(zone, wall) <= last_until(zone, later));
        }
    }
}
