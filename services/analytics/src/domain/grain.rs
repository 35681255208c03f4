//! Time in buckets. Every count stands in the bucket of its day and in that of its month, and a day's bucket knows of which quarters
//! of an hour its counts are (`super::quarters`). So a period is the sum of few buckets: months in its middle, days towards its ends,
//! and some quarters of an hour of its first and its last day. All buckets are of UTC, and every zone of today is a whole number of
//! quarters of an hour away from it, so that a day of any zone begins where a quarter does.

use std::ops::Range;

use chrono::{DateTime, Datelike as _, TimeZone as _, Utc};

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Grain {
    Day = 0,
    Month = 1,
}

/// Seconds of a quarter of an hour.
pub const QUARTER: i64 = 900;
/// Quarters of an hour in a day.
pub const IN_DAY: i32 = 96;

impl Grain {
    /// As it is kept.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// The bucket of this grain in which a quarter of an hour lies.
    pub fn bucket(self, quarter: i32) -> i32 {
        match self {
            Self::Day => quarter.div_euclid(IN_DAY),
            Self::Month => month(quarter),
        }
    }

    /// The first quarter of an hour of a bucket.
    pub fn begin(self, bucket: i32) -> i32 {
        match self {
            Self::Day => bucket.saturating_mul(IN_DAY),
            Self::Month => first_of_month(bucket),
        }
    }

    /// The first bucket that begins at a quarter of an hour or after it.
    fn first_from(self, quarter: i32) -> i32 {
        let bucket = self.bucket(quarter);
        bucket + i32::from(self.begin(bucket) < quarter)
    }
}

/// The quarter of an hour in which an instant lies, since 1970. Instants that no calendar of ours has lie in the last one.
pub fn quarter(time: DateTime<Utc>) -> i32 {
    i32::try_from(time.timestamp().div_euclid(QUARTER)).unwrap_or(i32::MAX)
}

/// The instant at which a quarter of an hour begins.
pub fn instant(quarter: i32) -> DateTime<Utc> {
    // At most some 61,000 years away from 1970.
    DateTime::from_timestamp(i64::from(quarter) * QUARTER, 0).unwrap_or_default()
}

fn month(quarter: i32) -> i32 {
    let time = instant(quarter);
    (time.year() - 1970) * 12 + time.month0().cast_signed()
}

fn first_of_month(month: i32) -> i32 {
    let (year, month0) = (1970 + month.div_euclid(12), month.rem_euclid(12));
    match Utc.with_ymd_and_hms(year, month0.cast_unsigned() + 1, 1, 0, 0, 0).single() {
        Some(time) => self::quarter(time),
        None => i32::MAX,
    }
}

/// Part of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Whole buckets of a grain, by their numbers.
    Whole(Grain, Range<i32>),
    /// Some of a day's quarters of an hour, since 1970.
    Quarters { day: i32, quarters: Range<i32> },
}

impl Span {
    /// Whether a quarter of an hour lies in it.
    pub fn holds(&self, quarter: i32) -> bool {
        match self {
            Self::Whole(grain, buckets) => buckets.contains(&grain.bucket(quarter)),
            Self::Quarters { quarters, .. } => quarters.contains(&quarter),
        }
    }
}

/// The fewest buckets that make up the quarters of an hour from the first until before the second.
pub fn cover(from: i32, until: i32) -> Vec<Span> {
    if from >= until {
        return Vec::new();
    }
    let of_day = |quarters: Range<i32>| Span::Quarters { day: Grain::Day.bucket(quarters.start), quarters };
    let days = Grain::Day.first_from(from)..Grain::Day.bucket(until);
    if days.start > days.end {
        return vec![of_day(from..until)];
    }
    let (first, past) = (Grain::Day.begin(days.start), Grain::Day.begin(days.end));
    let mut spans = Vec::new();
    spans.extend((from < first).then(|| of_day(from..first)));
    let months = Grain::Month.first_from(first)..Grain::Month.bucket(past);
    if months.start < months.end {
        let day_of = |month| Grain::Day.bucket(Grain::Month.begin(month));
        spans.push(Span::Whole(Grain::Day, days.start..day_of(months.start)));
        spans.push(Span::Whole(Grain::Month, months.clone()));
        spans.push(Span::Whole(Grain::Day, day_of(months.end)..days.end));
    } else {
        spans.push(Span::Whole(Grain::Day, days));
    }
    spans.extend((past < until).then(|| of_day(past..until)));
    spans.retain(|span| !matches!(span, Span::Whole(_, buckets) if buckets.is_empty()));
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> i32 {
        quarter(text.parse().unwrap())
    }

    /// Where a span begins and ends.
    fn ends(span: &Span) -> (i32, i32) {
        match span {
            Span::Whole(grain, buckets) => (grain.begin(buckets.start), grain.begin(buckets.end)),
            Span::Quarters { quarters, .. } => (quarters.start, quarters.end),
        }
    }

    #[test]
    fn a_year_of_shanghai_is_a_handful_of_spans() {
        let (from, until) = (at("2025-12-31T16:00:00Z"), at("2026-12-31T16:00:00Z"));
        let day = Grain::Day.bucket(until);
        assert_eq!(
            cover(from, until),
            [
                Span::Quarters { day: Grain::Day.bucket(from), quarters: from..from + 32 },
                Span::Whole(Grain::Month, 672..683),
                Span::Whole(Grain::Day, day - 30..day),
                Span::Quarters { day, quarters: until - 64..until },
            ]
        );
    }

    #[test]
    fn months_are_of_the_calendar() {
        assert_eq!(Grain::Month.bucket(at("2026-02-28T23:59:59Z")), 56 * 12 + 1);
        assert_eq!(Grain::Month.begin(56 * 12 + 2), at("2026-03-01T00:00:00Z"));
        assert_eq!(Grain::Month.bucket(at("1969-12-31T23:59:59Z")), -1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn spans_follow_one_another_without_gap_or_overlap(from in -200_000_i32..4_000_000, length in 0_i32..400_000) {
            let until = from + length;
            let spans = cover(from, until);
            let mut reached = from;
            for span in &spans {
                let (begin, end) = ends(span);
                prop_assert!(begin < end, "{:?}", span);
                prop_assert_eq!(begin, reached);
                prop_assert!(span.holds(begin) && span.holds(end - 1) && !span.holds(end) && !span.holds(begin - 1));
                if let Span::Quarters { day, quarters } = span {
                    prop_assert!(quarters.clone().all(|quarter| Grain::Day.bucket(quarter) == *day));
                    prop_assert!(quarters.len() < 96);
                }
                reached = end;
            }
            prop_assert_eq!(reached, until);
            prop_assert!(spans.len() <= 5);
        }

        #[test]
        fn a_bucket_holds_what_lies_in_it(quarter in -200_000_i32..4_000_000) {
            for grain in [Grain::Day, Grain::Month] {
                let bucket = grain.bucket(quarter);
                prop_assert!(grain.begin(bucket) <= quarter && quarter < grain.begin(bucket + 1));
            }
        }
    }
}
