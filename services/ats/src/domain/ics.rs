//! An interviewer's calendar (RFC 5545). Times are in UTC, which needs no VTIMEZONE and means the same everywhere.

use std::fmt::Write as _;

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus};
use usher_proto::ats::v1::InterviewState;

use super::interview::Interview;

/// Interviews as a calendar that others subscribe to, each with its job's title. It says where and for which job, and not
/// whom: a calendar is seen by more people than the candidate agreed to.
pub fn published(interviews: &[(Interview, String)], now: DateTime<Utc>) -> Result<String> {
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//Usher//Usher//EN"))
        .append_property(("METHOD", "PUBLISH"));
    for (interview, title) in interviews {
        calendar.push(event(interview, title, now));
    }
    // Not `to_string`, which panics where a text can not be written.
    let mut text = String::new();
    write!(text, "{}", calendar.done()).map_err(|error| Error::internal("a calendar can not be written", &error))?;
    Ok(text)
}

fn event(interview: &Interview, title: &str, now: DateTime<Utc>) -> Event {
    let status = match interview.state {
        InterviewState::Confirmed | InterviewState::Concluded => EventStatus::Confirmed,
        InterviewState::Cancelled | InterviewState::Declined => EventStatus::Cancelled,
        InterviewState::Scheduled | InterviewState::OtherTimeRequested | InterviewState::Unspecified => {
            EventStatus::Tentative
        }
    };
    let mut event = Event::new();
    event
        .uid(&interview.calendar_uid())
        .timestamp(now)
        .summary(&line(&format!("{title}: {}", interview.stage)))
        .starts(interview.start_time)
        .ends(interview.end())
        .add_property("SEQUENCE", interview.calendar_sequence.to_string())
        .description(&format!("{}\n{}", interview.application_id, interview.id))
        .status(status);
    let place = if interview.place.is_empty() { &interview.link } else { &interview.place };
    if !place.is_empty() {
        event.location(&line(place));
    }
    event.done()
}

/// One line, without what breaks lines or speaks to terminals.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
