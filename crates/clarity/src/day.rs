//! Whether what looks like a day is one that the calendar has.

use chrono::NaiveDate;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Any leap year: a day without a year may be the 29th of February.
const LEAP: u32 = 2024;
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2200;

/// A number with how many digits it was written, or a month by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Number(u32, usize),
    Month(u32),
}

/// Whether a folded text such as `12月3日`, `2026-12-03`, `3/12`, `december 3rd, 2026` names a day of the calendar. Where
/// day and month can be either way around, one of both suffices.
pub fn is_day(text: &str) -> bool {
    let is_chinese = text.contains('月');
    match *parts(text).as_slice() {
        [Part::Number(year, 4), Part::Number(month, _) | Part::Month(month), Part::Number(day, _), ..]
        | [Part::Number(day, 1 | 2), Part::Month(month), Part::Number(year, 4), ..]
        | [Part::Month(month), Part::Number(day, 1 | 2), Part::Number(year, 4), ..] => exists(year, month, day),
        [Part::Number(day, 1 | 2), Part::Month(month), ..] | [Part::Month(month), Part::Number(day, 1 | 2), ..] => {
            exists(LEAP, month, day)
        }
        [Part::Number(month, 1 | 2), Part::Number(day, 1 | 2), ..] if is_chinese => exists(LEAP, month, day),
        [Part::Number(one, 1 | 2), Part::Number(other, 1 | 2), Part::Number(year, 4), ..] => {
            exists(year, one, other) || exists(year, other, one)
        }
        [Part::Number(one, 1 | 2), Part::Number(other, 1 | 2), ..] => {
            exists(LEAP, one, other) || exists(LEAP, other, one)
        }
        _ => false,
    }
}

fn exists(year: u32, month: u32, day: u32) -> bool {
    let day = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    YEARS.contains(&year) && day.is_some()
}

/// Numbers and names of months, in order; whatever else stands there is passed over.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = kind(first);
        let (run, behind) = rest.split_at(rest.find(|one| self::kind(one) != kind).unwrap_or(rest.len()));
        match kind {
            Run::Digits => parts.extend(run.parse().ok().map(|number| Part::Number(number, run.len()))),
            Run::Letters => parts.extend(month(run).map(Part::Month)),
            Run::Numerals => parts.extend(numerals(run).map(|number| Part::Number(number, 2))),
            Run::Other => {}
        }
        rest = behind;
    }
    parts
}

#[derive(PartialEq, Eq)]
enum Run {
    Digits,
    Letters,
    Numerals,
    Other,
}

fn kind(character: char) -> Run {
    match character {
        '0'..='9' => Run::Digits,
        'a'..='z' => Run::Letters,
        _ if numeral(character).is_some() => Run::Numerals,
        _ => Run::Other,
    }
}

fn month(word: &str) -> Option<u32> {
    let place = MONTHS.iter().position(|month| word.starts_with(month))?;
    u32::try_from(place + 1).ok()
}

/// `二十五` is 25. Only what a day or a month needs.
fn numerals(run: &str) -> Option<u32> {
    let digits: Vec<u32> = run.chars().filter_map(numeral).collect();
    match *digits.as_slice() {
        [one] => Some(one),
        [10, one @ 1..=9] => Some(10 + one),
        [tens @ 2..=9, 10] => Some(tens * 10),
        [tens @ 2..=9, 10, one @ 1..=9] => Some(tens * 10 + one),
        _ => None,
    }
}

fn numeral(character: char) -> Option<u32> {
    "一二三四五六七八九十".chars().position(|one| one == character).and_then(|place| u32::try_from(place + 1).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_there_are() {
        for text in [
            "12月3日",
            "2026年12月3日",
            "十二月二十五号",
            "二月二十九日",
            "2026-12-03",
            "2026/2/28",
            "12/31",
            "31.12",
            "31/12/2026",
            "december 3",
            "3rd of december 2026",
            "dec. 31",
            "29 feb",
            "sept 30, 2026",
        ] {
            assert!(is_day(text), "{text}");
        }
    }

    #[test]
    fn days_that_there_are_not() {
        for text in [
            "2月30日",
            "13月1日",
            "12月32日",
            "2025年2月29日",
            "2026-02-29",
            "2026-13-01",
            "13/32",
            "31/4/2026",
            "june 31",
            "0月3日",
            "12月0日",
            "3 days",
            "十十月三日",
            "february 29, 2027",
            "",
            "99999999999999",
        ] {
            assert!(!is_day(text), "{text}");
        }
    }
}
