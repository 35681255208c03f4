//! Pieces to a date.

use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta};

use crate::{
    Date, Fault, Order,
    token::Token::{self, Mark, Number, Sign, Word},
};

/// The years that are believed.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;
/// Years of two digits from here on are of the last century.
const PIVOT: i32 = 70;
/// Months by the first three letters of their names; what is written of a name must be its beginning.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A part of a date: a number with its digits, or a month by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Number(u32, usize),
    Month(u32),
}

/// A spreadsheet's day number, with a fraction for the time; `None` when the text is none.
pub fn serial(text: &str) -> Option<Result<Date, Fault>> {
    let (days, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if days.len() != 5 || !is_digits(days) || !is_digits(fraction) || fraction.len() > 15 {
        return None;
    }
    let days: i64 = days.parse().ok()?;
    let share: f64 = format!("0.{fraction}0").parse().ok()?;
    // Day 1 is the first of January 1900, and 1900 is taken for a leap year there.
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_signed(TimeDelta::days(days))?;
    let mut date = whole(day);
    if !fraction.is_empty() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a day, in seconds")]
        let seconds = ((share * 86_400.0).round() as u32).min(86_399);
        date.time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0);
    }
    Some(checked(date))
}

/// Reads what is left when there is no time in it any more.
pub fn read(tokens: &[Token], order: Option<Order>) -> Result<Date, Fault> {
    if tokens.iter().any(|token| matches!(token, Mark(_))) {
        return with_marks(tokens);
    }
    let parts = parts(tokens)?;
    match parts.as_slice() {
        [Part::Number(number, digits)] => bare(*number, *digits),
        [Part::Month(month), Part::Number(year, digits @ (2 | 4))]
        | [Part::Number(year, digits @ 4), Part::Month(month)] => month_of(century(*year, *digits)?, *month),
        [Part::Number(year, 4), Part::Number(month, _)] | [Part::Number(month, _), Part::Number(year, 4)] => {
            month_of(year_of(*year)?, *month)
        }
        [Part::Number(year, 4), Part::Month(month) | Part::Number(month, _), Part::Number(day, _)] => {
            day_of(year_of(*year)?, *month, *day)
        }
        [Part::Number(day, _), Part::Month(month), Part::Number(year, digits)]
        | [Part::Month(month), Part::Number(day, _), Part::Number(year, digits)] => {
            day_of(century(*year, *digits)?, *month, *day)
        }
        [Part::Number(one, a @ (1 | 2)), Part::Number(other, 1 | 2), Part::Number(last, digits @ (2 | 4))] => {
            numbers((*one, *a), *other, (*last, *digits), order)
        }
        _ => Err(Fault::Unreadable),
    }
}

/// Three numbers of which none is a year for certain, or only the last one.
fn numbers(one: (u32, usize), other: u32, last: (u32, usize), order: Option<Order>) -> Result<Date, Fault> {
    if order == Some(Order::YearFirst) && last.1 == 2 && one.1 == 2 {
        return day_of(century(one.0, 2)?, other, last.0);
    }
    let year = century(last.0, last.1)?;
    let day_first = day_of(year, other, one.0);
    let month_first = day_of(year, one.0, other);
    match (day_first, month_first, order) {
        (Ok(date), Ok(same), _) if date == same => Ok(date),
        (Ok(date), Ok(_), Some(Order::DayFirst))
        | (Ok(_), Ok(date), Some(Order::MonthFirst))
        | (Ok(date), Err(_), _)
        | (Err(_), Ok(date), _) => Ok(date),
        (Ok(_), Ok(_), _) => Err(Fault::Ambiguous),
        (Err(fault), Err(_), _) => Err(fault),
    }
}

/// `2015年3月5日`, `2015年3月`, `2015年`.
fn with_marks(tokens: &[Token]) -> Result<Date, Fault> {
    match without_weekday(tokens) {
        [Number(year, digits @ (2 | 4)), Mark('年')] => {
            checked(Date { year: century(*year, *digits)?, month: None, day: None, time: None, offset: None })
        }
        [Number(year, digits @ (2 | 4)), Mark('年'), Number(month, _)]
        | [Number(year, digits @ (2 | 4)), Mark('年'), Number(month, _), Mark('月')] => {
            month_of(century(*year, *digits)?, *month)
        }
        [Number(year, digits @ (2 | 4)), Mark('年'), Number(month, _), Mark('月'), Number(day, _)]
        | [
            Number(year, digits @ (2 | 4)),
            Mark('年'),
            Number(month, _),
            Mark('月'),
            Number(day, _),
            Mark('日' | '号'),
        ] => day_of(century(*year, *digits)?, *month, *day),
        _ => Err(Fault::Unreadable),
    }
}

/// Without 星期三, 周三, （周三） at the end.
fn without_weekday(tokens: &[Token]) -> &[Token] {
    let tokens = match tokens {
        [rest @ .., Sign(')')] => rest,
        _ => tokens,
    };
    let tokens = match tokens {
        [rest @ .., Mark('星'), Mark('期'), Mark(_)] | [rest @ .., Mark('周'), Mark(_)] => rest,
        _ => tokens,
    };
    match tokens {
        [rest @ .., Sign('(' | ',')] => rest,
        _ => tokens,
    }
}

/// Numbers and months; what only joins them is left out, and anything else is no date.
fn parts(tokens: &[Token]) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    for token in tokens {
        match token {
            Number(number, digits) => parts.push(Part::Number(*number, *digits)),
            Word(word) => match month(word) {
                Some(month) => parts.push(Part::Month(month)),
                None if is_filler(word) => {}
                None => return Err(Fault::Unreadable),
            },
            Sign('-' | '/' | '.' | ',' | '\'' | '_') => {}
            Sign(_) | Mark(_) => return Err(Fault::Unreadable),
        }
    }
    Ok(parts)
}

fn month(word: &str) -> Option<u32> {
    let place = MONTHS
        .iter()
        .position(|month| (word.len() >= 3 && month.starts_with(word)) || word == "sept" && *month == "september")?;
    u32::try_from(place + 1).ok()
}

fn is_filler(word: &str) -> bool {
    matches!(word, "st" | "nd" | "rd" | "th" | "of" | "the")
        || (word.len() >= 3 && WEEKDAYS.iter().any(|day| day.starts_with(word)))
}

/// One number: `20150305`, `201503`, `2015`.
fn bare(number: u32, digits: usize) -> Result<Date, Fault> {
    match digits {
        8 => day_of(year_of(number / 10_000)?, number / 100 % 100, number % 100),
        6 => month_of(year_of(number / 100)?, number % 100),
        4 => checked(Date { year: year_of(number)?, month: None, day: None, time: None, offset: None }),
        _ => Err(Fault::Unreadable),
    }
}

fn year_of(number: u32) -> Result<i32, Fault> {
    i32::try_from(number).ok().filter(|year| YEARS.contains(year)).ok_or(Fault::Impossible)
}

/// A year of two or four digits.
fn century(number: u32, digits: usize) -> Result<i32, Fault> {
    match digits {
        4 => year_of(number),
        2 => {
            // Below a hundred.
            let short = i32::try_from(number).map_err(|_| Fault::Impossible)?;
            Ok(if short < PIVOT { 2000 + short } else { 1900 + short })
        }
        _ => Err(Fault::Unreadable),
    }
}

fn month_of(year: i32, month: u32) -> Result<Date, Fault> {
    let is_one = (1..=12).contains(&month);
    if is_one {
        checked(Date { year, month: Some(month), day: None, time: None, offset: None })
    } else {
        Err(Fault::Impossible)
    }
}

fn day_of(year: i32, month: u32, day: u32) -> Result<Date, Fault> {
    NaiveDate::from_ymd_opt(year, month, day).map(whole).ok_or(Fault::Impossible).and_then(checked)
}

fn whole(day: NaiveDate) -> Date {
    Date { year: day.year(), month: Some(day.month()), day: Some(day.day()), time: None, offset: None }
}

fn checked(date: Date) -> Result<Date, Fault> {
    if YEARS.contains(&date.year) { Ok(date) } else { Err(Fault::Impossible) }
}
