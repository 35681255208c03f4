//! When somebody works, and stretches of time.

use chassis::{Error, Result};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::wall;

/// A day's minutes.
const DAY: i32 = 24 * 60;

/// A stretch of time, its end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Span {
    /// From one instant to another that is not before it.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// What both have.
    pub fn and(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// The same time, as stretches in order that neither touch nor overlap.
pub fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// What both have, of stretches as [`merged`] makes them.
pub fn common(left: &[Span], right: &[Span]) -> Vec<Span> {
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    let mut common = Vec::new();
    while let (Some(one), Some(other)) = (left.peek().copied(), right.peek().copied()) {
        common.extend(one.and(other));
        if one.end < other.end {
            left.next()
        } else {
            right.next()
        };
    }
    common
}

/// What is left of some stretches without others, both as [`merged`] makes them.
pub fn without(spans: &[Span], taken: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for span in spans {
        let mut start = span.start;
        let from = taken.partition_point(|busy| busy.end <= span.start);
        for busy in taken[from..].iter().take_while(|busy| busy.start < span.end) {
            left.extend(Span::new(start, busy.start));
            start = start.max(busy.end);
        }
        left.extend(Span::new(start, span.end));
    }
    left
}

/// A stretch of one weekday, in minutes of wall time, as it is kept. ISO 8601: Monday is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DaySpan {
    pub weekday: i32,
    pub start_minute: i32,
    pub end_minute: i32,
}

/// When somebody works, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    pub time_zone: String,
    pub spans: Vec<DaySpan>,
}

impl WorkingHours {
    /// Monday to Friday, nine to six.
    pub fn usual(time_zone: &str) -> Self {
        let day = |weekday| DaySpan { weekday, start_minute: 9 * 60, end_minute: 18 * 60 };
        Self { time_zone: time_zone.to_owned(), spans: (1..=5).map(day).collect() }
    }

    /// The same stretch of every day.
    pub fn daily(time_zone: &str, start_minute: i32, end_minute: i32) -> Self {
        let day = |weekday| DaySpan { weekday, start_minute, end_minute };
        Self { time_zone: time_zone.to_owned(), spans: (1..=7).map(day).collect() }
    }

    /// Refuses hours that are none. Puts them in order.
    pub fn checked(mut self, field: &str) -> Result<Self> {
        wall::zone(&format!("{field}.time_zone"), &self.time_zone)?;
        let wrong = |place: usize, what: &str| Error::invalid(format!("{field}.spans[{place}]"), "HOURS_INVALID", what);
        for (place, span) in self.spans.iter().enumerate() {
            if span.start_minute >= span.end_minute {
                return Err(wrong(place, "must end after it starts"));
            }
            let overlaps = |other: &DaySpan| {
                other.weekday == span.weekday
                    && other.start_minute < span.end_minute
                    && span.start_minute < other.end_minute
            };
            if self.spans[..place].iter().any(overlaps) {
                return Err(wrong(place, "overlaps another one of that day"));
            }
        }
        self.spans.sort_unstable();
        Ok(self)
    }

    /// The working time within a period, as [`merged`] makes it.
    pub fn within(&self, period: Span) -> Result<Vec<Span>> {
        let zone = wall::zone("time_zone", &self.time_zone)?;
        let local = |time: DateTime<Utc>| time.with_timezone(&zone).date_naive();
        let last = local(period.end);
        let mut found = Vec::new();
        // From the day before, whose night shift may reach into it.
        let mut day = local(period.start).pred_opt();
        while let Some(date) = day.filter(|date| *date <= last) {
            let weekday = i32::try_from(date.weekday().number_from_monday()).unwrap_or_default();
            let today = self.spans.iter().filter(|span| span.weekday == weekday);
            found.extend(today.filter_map(|span| on(zone, date, *span)).filter_map(|span| span.and(period)));
            day = date.checked_add_days(Days::new(1));
        }
        Ok(merged(found))
    }
}

/// A day's stretch on a date. Where its wall times are skipped it is shorter, where they are shown twice longer.
fn on(zone: Tz, date: NaiveDate, span: DaySpan) -> Option<Span> {
    let start = wall::first_from(zone, minute(date, span.start_minute)?)?;
    let end = wall::last_until(zone, minute(date, span.end_minute)?)?;
    Span::new(start, end)
}

fn minute(date: NaiveDate, minute: i32) -> Option<chrono::NaiveDateTime> {
    debug_assert!((0..=DAY).contains(&minute));
    date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(minute.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::wall::tests::{any_wall, any_zone};

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let span = (0_i64..400, 1_i64..60)
            .prop_map(|(start, length)| Span { start: second(start), end: second(start + length) });
        proptest::collection::vec(span, 0..12)
    }

    fn holds(spans: &[Span], time: i64) -> bool {
        spans.iter().any(|span| span.start <= second(time) && second(time) < span.end)
    }

    fn is_merged(spans: &[Span]) -> bool {
        spans.iter().all(|span| span.start < span.end) && spans.windows(2).all(|pair| pair[0].end < pair[1].start)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn stretches_are_sets_of_seconds(left in spans(), right in spans()) {
            let (one, other) = (merged(left.clone()), merged(right.clone()));
            prop_assert!(is_merged(&one));
            let (both, rest) = (common(&one, &other), without(&one, &other));
            prop_assert!(is_merged(&rest));
            for time in 0..470 {
                prop_assert_eq!(holds(&one, time), holds(&left, time));
                prop_assert_eq!(holds(&both, time), holds(&left, time) && holds(&right, time), "{}", time);
                prop_assert_eq!(holds(&rest, time), holds(&left, time) && !holds(&right, time), "{}", time);
            }
        }

        #[test]
        fn working_time_is_what_the_clock_there_says(
            zone in any_zone(), wall in any_wall(), days in 1_i64..12, start in 0_i32..1_440, length in 1_i32..600,
        ) {
            let end = (start + length).min(1_440);
            let hours = WorkingHours::daily(zone.name(), start, end).checked("working_hours").unwrap();
            let from = wall::first_from(zone, wall).unwrap();
            let period = Span::new(from, from + TimeDelta::days(days)).unwrap();
            let found = hours.within(period).unwrap();
            prop_assert!(is_merged(&found));
            // Minute by minute, in the middle, so that no edge is asked for.
            let mut time = period.start;
            while time + TimeDelta::minutes(7) < period.end {
                let local = time.with_timezone(&zone);
                let shown = i32::try_from(chrono::Timelike::num_seconds_from_midnight(&local)).unwrap();
                let works = (start * 60..end * 60).contains(&shown);
                let is_in = found.iter().any(|span| span.start <= time && time < span.end);
                prop_assert!(is_in || !works, "{} is working time", local);
                // What is shown twice counts from the first to the last, so the second showing of an earlier minute may
                // lie within; nothing else does.
                let twice = is_shown_twice(zone, local.naive_local()) || near_change(zone, time);
                prop_assert!(works || !is_in || twice, "{} is no working time", local);
                time += TimeDelta::minutes(7);
            }
        }
    }

    fn is_shown_twice(zone: Tz, wall: chrono::NaiveDateTime) -> bool {
        wall::first_from(zone, wall) != wall::last_until(zone, wall)
    }

    /// Whether clocks go back within the hours around.
    fn near_change(zone: Tz, time: DateTime<Utc>) -> bool {
        let offset = |time: DateTime<Utc>| {
            let local = time.with_timezone(&zone).naive_local();
            local - time.naive_utc()
        };
        offset(time - TimeDelta::hours(3)) > offset(time + TimeDelta::hours(3))
    }
}
