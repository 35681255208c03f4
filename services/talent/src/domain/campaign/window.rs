//! When a message may go out: what falls outside waits, and nothing is dropped.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;
use usher_proto::talent::v1::SendWindow;

/// The first instant from now on at which somebody in that zone may be written to: now, when it is open.
pub fn opening(window: Option<&SendWindow>, time_zone: &str, now: DateTime<Utc>) -> DateTime<Utc> {
    let Some(window) = window else { return now };
    let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
    let today = now.with_timezone(&zone).date_naive();
    // Over any week there is a day that is open.
    let days = (0..=7).filter_map(|later| today.checked_add_days(Days::new(later)));
    let open = days.filter(|day| !window.weekdays_only || !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
    let until = if window.until_hour == 0 { 24 } else { window.until_hour };
    let spans = open.filter_map(|day| Some((instant(zone, day, window.from_hour)?, instant(zone, day, until)?)));
    spans.filter(|(_, close)| now < *close).map(|(open, _)| open.max(now)).next().unwrap_or(now)
}

/// That hour of that day; where the clock is put forward over it, the first moment after.
fn instant(zone: Tz, day: NaiveDate, hour: i32) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(NaiveTime::MIN);
    let local = midnight.checked_add_signed(TimeDelta::hours(hour.into()))?;
    let exact = zone.from_local_datetime(&local).earliest();
    let behind = || zone.from_local_datetime(&local.checked_add_signed(TimeDelta::hours(1))?).earliest();
    exact.or_else(behind).map(|time| time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const DAYTIME: SendWindow = SendWindow { from_hour: 9, until_hour: 18, weekdays_only: true };

    #[test]
    fn what_falls_outside_waits_for_the_readers_morning() {
        let opens = |zone: &str, now: &str| opening(Some(&DAYTIME), zone, at(now));
        // A Wednesday.
        assert_eq!(opens("Asia/Shanghai", "2026-11-25T02:00:00Z"), at("2026-11-25T02:00:00Z"));
        assert_eq!(opens("Asia/Shanghai", "2026-11-25T10:00:00Z"), at("2026-11-26T01:00:00Z"), "18:00 is too late");
        assert_eq!(opens("Europe/London", "2026-11-25T02:00:00Z"), at("2026-11-25T09:00:00Z"));
        assert_eq!(opens("Asia/Shanghai", "2026-11-27T12:00:00Z"), at("2026-11-30T01:00:00Z"), "over the weekend");
        assert_eq!(opening(None, "Asia/Shanghai", at("2026-11-28T18:00:00Z")), at("2026-11-28T18:00:00Z"));
        assert_eq!(opens("Nowhere/Land", "2026-11-25T03:00:00Z"), at("2026-11-25T09:00:00Z"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn there_is_always_an_opening_within_four_days_and_it_is_open(
            from_hour in 0..=23_i32, length in 1..=24_i32, weekdays_only: bool, seconds in 1_700_000_000..1_900_000_000_i64,
            zone in prop_oneof![Just("Asia/Shanghai"), Just("America/New_York"), Just("Africa/Cairo"), Just("America/Santiago")],
        ) {
            let window = SendWindow { from_hour, until_hour: (from_hour + length).min(24), weekdays_only };
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let open = opening(Some(&window), zone, now);
            prop_assert!(open >= now && open - now < TimeDelta::days(4));
            prop_assert_eq!(opening(Some(&window), zone, open), open);
        }
    }
}
