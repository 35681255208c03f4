//! Time in buckets. Every count stands in a bucket of each grain, so that a period is the sum of few of them: months in its
//! middle, and days, four hours and quarters of an hour towards its ends. All buckets are of UTC, and every zone of today is a
//! whole number of quarters of an hour away from it, so that a day of any zone begins where a bucket does.

use chrono::{DateTime, Datelike as _, TimeZone as _, Utc};

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Grain {
    Quarter = 0,
    FourHours = 1,
    Day = 2,
    Month = 3,
}

/// Seconds of the finest bucket.
pub const QUARTER: i64 = 900;
/// Quarters of an hour in four hours, and in a day.
const IN_FOUR_HOURS: i32 = 16;
const IN_DAY: i32 = 96;

impl Grain {
    /// From the finest on.
    pub const ALL: [Self; 4] = [Self::Quarter, Self::FourHours, Self::Day, Self::Month];

    /// As it is kept.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// The bucket of this grain in which a quarter of an hour lies.
    pub fn bucket(self, quarter: i32) -> i32 {
        match self {
            Self::Quarter => quarter,
            Self::FourHours => quarter.div_euclid(IN_FOUR_HOURS),
            Self::Day => quarter.div_euclid(IN_DAY),
            Self::Month => month(quarter),
        }
    }

    /// The first quarter of an hour of a bucket.
    pub fn begin(self, bucket: i32) -> i32 {
        match self {
            Self::Quarter => bucket,
            Self::FourHours => bucket.saturating_mul(IN_FOUR_HOURS),
            Self::Day => bucket.saturating_mul(IN_DAY),
            Self::Month => first_of_month(bucket),
        }
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

/// Some buckets of one grain, the last one left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub grain: Grain,
    pub first: i32,
    pub past: i32,
}

impl Span {
    /// Whether a quarter of an hour lies in it.
    pub fn holds(&self, quarter: i32) -> bool {
        (self.first..self.past).contains(&self.grain.bucket(quarter))
    }
}

/// The fewest buckets that make up the quarters of an hour from the first until before the second.
pub fn cover(from: i32, until: i32) -> Vec<Span> {
    let (mut rising, mut falling) = (Vec::new(), Vec::new());
    let (mut from, mut until) = (from, until);
    for (grain, coarser) in Grain::ALL.iter().zip(&Grain::ALL[1..]) {
        if from >= until {
            break;
        }
        // Where the next coarser buckets begin and end within what is left.
        let inner = coarser.bucket(from) + i32::from(coarser.begin(coarser.bucket(from)) < from);
        let (begin, end) = (coarser.begin(inner), coarser.begin(coarser.bucket(until)));
        let span = |first: i32, past: i32| Span { grain: *grain, first: grain.bucket(first), past: grain.bucket(past) };
        if begin >= end {
            rising.push(span(from, until));
            from = until;
            break;
        }
        if from < begin {
            rising.push(span(from, begin));
        }
        if end < until {
            falling.push(span(end, until));
        }
        (from, until) = (begin, end);
    }
    if from < until {
        let grain = Grain::Month;
        rising.push(Span { grain, first: grain.bucket(from), past: grain.bucket(until) });
    }
    rising.extend(falling.into_iter().rev());
    rising
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> i32 {
        quarter(text.parse().unwrap())
    }

    #[test]
    fn a_year_of_shanghai_is_a_handful_of_spans() {
        let spans = cover(at("2025-12-31T16:00:00Z"), at("2026-12-31T16:00:00Z"));
        let count = |grain: Grain| -> i32 {
            spans.iter().filter(|span| span.grain == grain).map(|span| span.past - span.first).sum()
        };
        assert_eq!([Grain::Quarter, Grain::FourHours, Grain::Day, Grain::Month].map(count), [0, 2 + 4, 30, 11]);
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
                prop_assert!(span.first < span.past, "{:?}", span);
                prop_assert_eq!(span.grain.begin(span.first), reached);
                reached = span.grain.begin(span.past);
            }
            prop_assert_eq!(reached, until);
            prop_assert!(spans.iter().filter(|span| span.grain != Grain::Month).map(|span| span.past - span.first).sum::<i32>() <= 2 * (15 + 5 + 30));
        }

        #[test]
        fn a_bucket_holds_what_lies_in_it(quarter in -200_000_i32..4_000_000) {
            for grain in Grain::ALL {
                let bucket = grain.bucket(quarter);
                prop_assert!(grain.begin(bucket) <= quarter && quarter < grain.begin(bucket + 1));
            }
        }
    }
}
