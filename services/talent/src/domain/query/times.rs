//! Days, months, years and ages as seconds since the epoch. Calendar times are those of UTC.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime};

/// A year of four digits is the longest number; an age of more digits is no age.
const DIGITS: usize = 4;
/// Seconds that are written as such.
const SECOND_DIGITS: usize = 12;
const DAY: i64 = 86_400;

/// What a time that somebody wrote stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// From the first second to the last: `2025-03` is a month long.
    Span(i64, i64),
    /// The moment that is so old: `90d`.
    Age(i64),
}

/// Reads a folded text.
pub(super) fn read(text: &str, now: i64) -> Option<Time> {
    if let Some(seconds) = text.strip_prefix('@') {
        let digits = seconds.strip_prefix('-').unwrap_or(seconds);
        let seconds = (is_number(digits) && digits.len() <= SECOND_DIGITS).then(|| seconds.parse().ok())??;
        return Some(Time::Span(seconds, seconds));
    }
    calendar(text).or_else(|| age(text, now).map(Time::Age))
}

/// `2025`, `2025-03`, `2025-03-01`.
fn calendar(text: &str) -> Option<Time> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map(|month| number(month, 2));
    let day = parts.next().map(|day| number(day, 2));
    let (first, next) = match (month, day, parts.next()) {
        (None, None, None) => {
            let first = date(year, 1, 1)?;
            (first, first.checked_add_months(Months::new(12))?)
        }
        (Some(month), None, None) => {
            let first = date(year, month?, 1)?;
            (first, first.checked_add_months(Months::new(1))?)
        }
        (Some(month), Some(day), None) => {
            let first = date(year, month?, day?)?;
            (first, first.checked_add_days(Days::new(1))?)
        }
        _ => return None,
    };
    Some(Time::Span(seconds(first), seconds(next) - 1))
}

fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
}

fn seconds(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp()
}

/// `90d`, `12w`, `6m`, `1y`, 90天, 6个月: the moment that is so long ago. Months are those of the calendar.
fn age(text: &str, now: i64) -> Option<i64> {
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let count = number(text.strip_suffix(unit)?, 0)?;
    let moment = DateTime::from_timestamp(now, 0)?;
    let before = match unit {
        "d" | "天" | "日" => moment.checked_sub_days(Days::new(count.into())),
        "w" | "周" => moment.checked_sub_days(Days::new(7 * u64::from(count))),
        "m" | "月" | "个月" => moment.checked_sub_months(Months::new(count)),
        "y" | "年" => moment.checked_sub_months(Months::new(12 * count)),
        _ => None,
    };
    before.map(|before| before.timestamp())
}

/// A number of so many digits (0: of 1 to 4).
fn number(text: &str, digits: usize) -> Option<u32> {
    let fits = if digits == 0 { text.len() <= DIGITS } else { text.len() == digits };
    (fits && is_number(text)).then(|| text.parse().ok())?
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first or last second of a range as [`read`] reads it: the day whose end it is, or the second.
pub(super) fn write(second: i64, is_last: bool) -> String {
    let day_begins = if is_last { second.saturating_add(1) } else { second };
    let day = (day_begins.rem_euclid(DAY) == 0).then(|| DateTime::from_timestamp(second, 0)).flatten();
    match day.map(|day| day.date_naive().to_string()) {
        Some(day) if day.len() == "2025-03-01".len() && !day.starts_with(['+', '-']) => day,
        _ => format!("@{second}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let now = 1_764_028_800; // 2025-11-25T00:00:00Z
        let day = 86_400;
        for (text, time) in [
            ("1970", Time::Span(0, 365 * day - 1)),
            ("1970-02", Time::Span(31 * day, 59 * day - 1)),
            ("2025-11-25", Time::Span(now, now + day - 1)),
            ("@-5", Time::Span(-5, -5)),
            ("90d", Time::Age(now - 90 * day)),
            ("90天", Time::Age(now - 90 * day)),
            ("2w", Time::Age(now - 14 * day)),
            ("1m", Time::Age(now - 31 * day)),
            ("1个月", Time::Age(now - 31 * day)),
            ("1y", Time::Age(now - 365 * day)),
        ] {
            assert_eq!(read(text, now), Some(time), "{text}");
        }
        for text in [
            "",
            "-",
            "25",
            "2025-",
            "2025-13",
            "2025-02-30",
            "2025-1-1",
            "2025-01-01-01",
            "d",
            "99999d",
            "1h",
            "@",
            "@1.5",
            "+5d",
            "٣d",
        ] {
            assert_eq!(read(text, now), None, "{text}");
        }
        assert_eq!(read("9999y", i64::MIN), None);
        assert_eq!(read("9999", now).map(|_| ()), Some(()));
    }

    #[test]
    fn a_second_is_written_as_it_is_read() {
        for (second, is_last, text) in [
            (0, false, "1970-01-01"),
            (86_399, true, "1970-01-01"),
            (0, true, "@0"),
            (5, false, "@5"),
            (-62_167_305_600, false, "@-62167305600"),
        ] {
            assert_eq!(write(second, is_last), text);
        }
        assert_eq!(write(i64::MAX, true), format!("@{}", i64::MAX));
    }
}
