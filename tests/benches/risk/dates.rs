//! Dates as recruiters write them: `13.02.2015`, `25-5-2016`, `21/04/16`, `15 Apr 16`, `22 -Apr -16`,
//! `28.8.2016 & 10.30 AM`.

use chrono::{Datelike, NaiveDate};

/// The last year of the file. Four dates run on to 2022 where somebody dragged a cell down; they keep day and month.
const LAST_YEAR: i32 = 2016;

/// How `04/12/16` is read. Every date with a number above 12 in it is day-first, so that is the rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Slashes {
    DayFirst,
    /// Only `d/m/y` with slashes and both up to 12: what a spreadsheet of another country would have made of a date.
    MonthFirst,
}

/// A day, whatever stands after `&` left out.
pub fn parse(text: &str, slashes: Slashes) -> Option<NaiveDate> {
    let date = text.split('&').next()?;
    let parts: Vec<&str> = date.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let [first, second, year] = parts[..] else { return None };
    let (mut day, mut month) = (first.parse().ok()?, month(second)?);
    if slashes == Slashes::MonthFirst && date.contains('/') && day <= 12 {
        (day, month) = (month, day);
    }
    let year: i32 = year.parse().ok()?;
    let year = if year < 100 { 2000 + year } else { year };
    NaiveDate::from_ymd_opt(year.min(LAST_YEAR), month, day).filter(|date| date.year() > 2000)
}

fn month(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = text.to_lowercase();
    let named = NAMES.iter().position(|name| lower.starts_with(name)).and_then(|index| u32::try_from(index + 1).ok());
    named.or_else(|| text.parse().ok())
}
