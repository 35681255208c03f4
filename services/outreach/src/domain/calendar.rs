//! The calendar entry of an interview (RFC 5545, RFC 5546): the same UID, a rising SEQUENCE, times in UTC, which need no
//! VTIMEZONE and mean the same everywhere.

use std::fmt::Write as _;

use chassis::{Error, Result, wire};
use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus};
use usher_proto::outreach::v1::{MessageFacts, MessageKind};

use super::compose::line;

/// The `METHOD` for a kind of message; `None` when it carries no entry.
pub fn method(kind: MessageKind) -> Option<&'static str> {
    match kind {
        MessageKind::InterviewInvitation
        | MessageKind::InterviewReminder
        | MessageKind::InterviewRescheduled
        | MessageKind::InterviewUpcoming => Some("REQUEST"),
        MessageKind::InterviewCancelled | MessageKind::InterviewDeclined => Some("CANCEL"),
        MessageKind::RescheduleOffer
        | MessageKind::InterviewMissed
        | MessageKind::Feedback
        | MessageKind::Rejection
        | MessageKind::Custom
        | MessageKind::Offer
        | MessageKind::OnboardingReminder
        | MessageKind::OfferReminder
        | MessageKind::OfferRescinded
        | MessageKind::Reactivation
        | MessageKind::ReactivationFollowUp
        | MessageKind::Care
        | MessageKind::Unspecified => None,
    }
}

/// The entry, with its method, when the message carries one.
pub fn entry(
    kind: MessageKind,
    facts: &MessageFacts,
    summary: &str,
    organizer: &str,
    now: DateTime<Utc>,
) -> Result<Option<(String, &'static str)>> {
    let (Some(method), Some(start)) = (method(kind), facts.start_time.as_ref()) else { return Ok(None) };
    if facts.calendar_uid.is_empty() {
        return Ok(None);
    }
    let start = wire::instant("facts.start_time", start)?;
    let span = facts.duration.as_ref().map(|span| wire::span("facts.duration", span)).transpose()?;
    let cancelled = method == "CANCEL";
    let mut event = Event::new();
    event
        .uid(&line(&facts.calendar_uid))
        .timestamp(now)
        .summary(&line(summary))
        .starts(start)
        .ends(start + span.unwrap_or(chrono::TimeDelta::hours(1)))
        .add_property("SEQUENCE", facts.calendar_sequence.to_string())
        .add_property("ORGANIZER", format!("mailto:{organizer}"))
        .status(if cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
    let place = if facts.place.is_empty() { &facts.link } else { &facts.place };
    if !place.is_empty() {
        event.location(&line(place));
    }
    if !facts.link.is_empty() {
        event.url(&line(&facts.link));
    }
    let contact = line(&format!("{} {}", facts.contact_name, facts.contact_channel));
    event.description(&format!("{}\n{contact}", line(&facts.company)));
    let calendar = Calendar::empty()
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//Usher//Usher//EN"))
        .append_property(("METHOD", method))
        .push(event.done())
        .done();
    // Not `to_string`, which panics where a text can not be written.
    let mut text = String::new();
    write!(text, "{calendar}").map_err(|error| Error::internal("a calendar entry can not be written", &error))?;
    Ok(Some((text, method)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::tests::complete;

    #[test]
    fn an_update_has_the_same_uid_and_the_next_sequence() {
        let now = DateTime::from_timestamp(1_796_000_000, 0).unwrap();
        let facts = MessageFacts { calendar_sequence: 3, ..complete() };
        for kind in [MessageKind::InterviewCancelled, MessageKind::InterviewDeclined] {
            let (text, method) = entry(kind, &facts, "面试", "hr@example.com", now).unwrap().unwrap();
            assert_eq!(method, "CANCEL");
            for line in
                ["UID:intv@usher", "SEQUENCE:3", "METHOD:CANCEL", "STATUS:CANCELLED", "DTSTART:20261201T060000Z"]
            {
                assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
            }
            assert_eq!(text.matches("PRODID").count(), 1);
            assert!(text.lines().all(|line| line.len() <= 75), "RFC 5545 folds lines at 75 bytes");
        }
    }
}
