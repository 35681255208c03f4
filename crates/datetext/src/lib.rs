//! Dates as people write them: `2015-03-05`, `05/03/2015`, `5-Mar-15`, `2015年3月`, `Mar 2015`, a spreadsheet's `42068`,
//! with or without a time of day behind it.
//!
//! Nothing is guessed. A date that can be read in two ways is refused, unless the caller knows the order in which its
//! writers put day and month. A text goes through three steps: it is cut into `token`s, a time of day is taken out of
//! them (`time`), and what is left is a date or it is none (`date`).

mod date;
mod time;
mod token;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use unicode_normalization::UnicodeNormalization as _;

/// In which order day, month and year are written where all are numbers. A year of four digits needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// `05/03/15` is the 5th of March 2015.
    DayFirst,
    /// `05/03/15` is the 3rd of May 2015.
    MonthFirst,
    /// `05/03/15` is the 15th of March 2005.
    YearFirst,
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It is empty.
    Nothing,
    /// It goes on: `present`, `至今`.
    Open,
    /// A date.
    Date(Date),
}

/// A date, as exact as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// From 1900 to 2200.
    pub year: i32,
    /// From 1 to 12.
    pub month: Option<u32>,
    /// Only with a month, which has such a day.
    pub day: Option<u32>,
    /// Only with a day.
    pub time: Option<NaiveTime>,
    /// How far the time is ahead of UTC, in seconds, when it says so.
    pub offset: Option<i32>,
}

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No date can be seen in it.
    Unreadable,
    /// Day and month can be either way around.
    Ambiguous,
    /// There is no such day, or it is not between 1900 and 2200.
    Impossible,
}

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 100;
/// Words for what goes on.
const OPEN: [&str; 9] = ["present", "now", "current", "ongoing", "today", "至今", "现在", "目前", "今"];

/// Reads a text.
pub fn read(text: &str, order: Option<Order>) -> Result<Reading, Fault> {
    if text.len() > LONGEST {
        return Err(Fault::Unreadable);
    }
    let text: String = text.nfkc().collect::<String>().trim().to_lowercase();
    if text.is_empty() {
        return Ok(Reading::Nothing);
    }
    if OPEN.contains(&text.as_str()) {
        return Ok(Reading::Open);
    }
    if let Some(date) = date::serial(&text) {
        return date.map(Reading::Date);
    }
    let mut tokens = token::tokens(&text).ok_or(Fault::Unreadable)?;
    let time = time::take(&mut tokens)?;
    let mut date = date::read(&tokens, order)?;
    if let Some(time::Found { time, offset }) = time {
        if date.day.is_none() {
            return Err(Fault::Unreadable);
        }
        date.time = Some(time);
        date.offset = offset;
    }
    Ok(Reading::Date(date))
}

impl Date {
    /// The first day that it can mean.
    pub fn first_day(&self) -> NaiveDate {
        // What was read is a day that there is.
        NaiveDate::from_ymd_opt(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or_default()
    }

    /// The first moment that it can mean, where it was written.
    pub fn first_moment(&self) -> NaiveDateTime {
        self.first_day().and_time(self.time.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
