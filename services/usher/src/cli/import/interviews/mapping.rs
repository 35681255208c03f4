//! The mapping file of a table of past interviews: which column holds what, and what its words mean. TOML, see
//! `docs/import.md`.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use datetext::{Order, Reading};
use serde::Deserialize;

use super::super::mapping;

/// Why a row is refused: field, reason, message.
pub type Fault = (&'static str, &'static str, &'static str);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    #[serde(default)]
    date_order: mapping::Order,
    /// Where the interviews were.
    pub time_zone: Tz,
    /// When they began where the file says no time.
    #[serde(default = "nine")]
    time_of_day: NaiveTime,
    /// Dates before and after are refused.
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    /// Under which stage reports count them.
    pub stage: String,
    /// Columns that tell a row from all others; by default all.
    #[serde(default)]
    pub key: Vec<String>,
    pub columns: Columns,
    /// What the words of the column mean; compared in lower case and without blanks around them.
    pub attendance: BTreeMap<String, Came>,
    #[serde(default)]
    pub expected: BTreeMap<String, Expected>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    pub start: String,
    pub attendance: String,
    pub expected: Option<String>,
    pub position: Option<String>,
    pub reminder_channel: Option<String>,
    pub candidate_id: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    Attended,
    Late,
    CandidateNoShow,
    HostNoShow,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    Yes,
    No,
    Uncertain,
}

fn nine() -> NaiveTime {
    NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default()
}

impl Mapping {
    /// Reads one.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        toml::from_str(text).context("it is no mapping")
    }

    /// When an interview began.
    pub fn start(&self, text: &str) -> Result<DateTime<Utc>, Fault> {
        let order = match self.date_order {
            mapping::Order::Unknown => None,
            mapping::Order::DayFirst => Some(Order::DayFirst),
            mapping::Order::MonthFirst => Some(Order::MonthFirst),
            mapping::Order::YearFirst => Some(Order::YearFirst),
        };
        let date = match datetext::read(text, order) {
            Ok(Reading::Date(date)) if date.day.is_some() => date,
            Ok(_) | Err(datetext::Fault::Unreadable) => {
                return Err(("start", "DATE_INVALID", "must be a date such as 2015-03-05"));
            }
            Err(datetext::Fault::Ambiguous) => {
                return Err(("start", "DATE_AMBIGUOUS", "can be read in two ways; say date_order in the mapping"));
            }
            Err(datetext::Fault::Impossible) => return Err(("start", "DATE_INVALID", "is a day that there is not")),
        };
        let day = date.first_day();
        if self.from.is_some_and(|from| day < from) || self.until.is_some_and(|until| day > until) {
            return Err(("start", "DATE_OUT_OF_RANGE", "is outside of what the mapping says the file is about"));
        }
        let wall = day.and_time(date.time.unwrap_or(self.time_of_day));
        match self.time_zone.from_local_datetime(&wall) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Ok(time.to_utc()),
            LocalResult::None => Err(("start", "DATE_INVALID", "is a time that the clocks there skipped")),
        }
    }
}
