//! What is known of an interview before it begins.
//!
//! Everything here is about the appointment and what was written about it, nothing about what somebody is. What may be
//! unknown is an `Option`, and unknown is told to the model as such. For a forecast it is the state of that moment; for
//! training it must be the state at the same distance from the start (such as 24 hours before), never what became known
//! afterwards, or the model learns to look back.

use serde::{Deserialize, Serialize};

/// The facts of one interview. Read from anywhere, it refuses a field that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// From scheduling to start, in days.
    pub lead_days: Option<f64>,
    /// The position of its stage in the pipeline, 1 for the first interview.
    pub round: Option<u32>,
    /// 1 for the first try, rising with each retry.
    pub attempt: Option<u32>,
    /// What the candidate has answered so far.
    pub answer: Option<Answer>,
    /// From the last message of either side to now, in hours.
    pub hours_since_message: Option<f64>,
    /// Whether a reminder was, or by its timer will be, sent within 48 hours before the start.
    pub reminded: Option<bool>,
    /// Messages of both sides about this interview.
    pub messages: Option<u32>,
    /// How often it was moved.
    pub reschedules: Option<u32>,
    /// Who asked for another time.
    pub moved_by: Option<MovedBy>,
    /// The day of the week where it takes place.
    pub weekday: Option<Weekday>,
    /// The time of the day where it takes place.
    pub day_part: Option<DayPart>,
    /// Earlier interviews of the same person.
    pub earlier: Option<Earlier>,
    /// What somebody expected, where such a word was imported.
    pub forecast: Option<Forecast>,
    /// How the application came in.
    pub source: Option<Source>,
    /// By what the candidate is written to.
    pub channel: Option<Channel>,
    /// Whether the candidate was told the place or the link.
    pub place_told: Option<bool>,
}

/// What a candidate has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing yet.
    Nothing,
    /// Something, but no yes.
    Replied,
    /// That they will come.
    Confirmed,
    /// That they need another time.
    OtherTime,
}

/// Who moved an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovedBy {
    /// It was not moved.
    Nobody,
    /// The candidate.
    Candidate,
    /// Those who invited.
    Host,
    /// The one and the other.
    Both,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A part of the day, by the local clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayPart {
    /// Before 10:00.
    Early,
    /// 10:00 to 11:59.
    Morning,
    /// 12:00 to 13:59.
    Midday,
    /// 14:00 to 16:59.
    Afternoon,
    /// From 17:00.
    Evening,
}

impl DayPart {
    /// From the hour on the local clock, 0 to 23.
    pub fn of_hour(hour: u32) -> Self {
        match hour {
            0..10 => Self::Early,
            10..12 => Self::Morning,
            12..14 => Self::Midday,
            14..17 => Self::Afternoon,
            _ => Self::Evening,
        }
    }
}

/// How often the same person came, and did not come, before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Earlier {
    /// Interviews that took place.
    pub attended: u32,
    /// Interviews that they missed.
    pub missed: u32,
}

/// A word on whether somebody will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forecast {
    /// They will.
    Expected,
    /// It is open.
    Uncertain,
    /// They will not.
    NotExpected,
}

/// How an application came in. There is none for campuses or graduate schemes: that would be a word for age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// By an advertisement on a job board.
    JobBoard,
    /// By the company's own pages.
    CareerPage,
    /// Somebody recommended them.
    Referral,
    /// An agency presented them.
    Agency,
    /// We wrote to them first.
    Approached,
    /// Any other way.
    Other,
}

/// By what somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Mail.
    Mail,
    /// Text messages to a telephone.
    TextMessage,
    /// A chat service.
    Chat,
    /// Calls.
    Telephone,
}
