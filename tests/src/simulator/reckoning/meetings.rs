//! Interviews of which it is known who came, and why somebody did not.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::{
    analytics::v1::Dimension,
    ats::v1::{Attendance, CandidateAnswer},
    outreach::v1::MessageKind,
};

use super::observed::Observed;
use crate::simulator::{
    calendar::Calendar,
    drive::town::{Place, everybody},
    ledger::{Case, Mail, Meeting},
};

/// Each of them, and whether its candidate stayed away.
pub fn observed(place: &Place, calendar: &Calendar) -> Vec<Observed> {
    let one = |(_, case)| case_meeting(case, calendar);
    everybody(place).filter_map(one).collect()
}

fn case_meeting(case: &Case, calendar: &Calendar) -> Option<Observed> {
    let meeting = case.meeting.as_ref()?;
    let (attendance, chance) = meeting.attendance?;
    let source = case.application.as_ref()?.source;
    let before = |mail: &&Mail| is_about(mail.kind) && calendar.time(mail.beat) < meeting.start;
    let last = case.mails.iter().filter(before).map(|mail| meeting.start - calendar.time(mail.beat)).min();
    let seen = Observed::new(attendance == Attendance::CandidateNoShow)
        .planted(chance)
        .with(Dimension::Stage, "interview")
        .with(Dimension::Source, source)
        .with(Dimension::Channel, if last.is_some() { "email" } else { "none" })
        .with(Dimension::LeadTime, lead(meeting.start - calendar.time(meeting.arranged)))
        .with(Dimension::FollowUp, last.map_or("none", follow_up))
        .with(Dimension::Confirmed, if meeting.is_confirmed() { "yes" } else { "no" });
    Some(seen)
}

fn is_about(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::InterviewInvitation
            | MessageKind::InterviewReminder
            | MessageKind::InterviewUpcoming
            | MessageKind::InterviewRescheduled
            | MessageKind::RescheduleOffer
            | MessageKind::Custom
    )
}

/// Why each of those stayed away who did, by cause and by whose failure it was.
pub fn causes(place: &Place, calendar: &Calendar) -> Vec<Observed> {
    let one = |(_, case): (_, &Case)| {
        let meeting = case.meeting.as_ref()?;
        let (attendance, _) = meeting.attendance?;
        (attendance == Attendance::CandidateNoShow).then(|| {
            let (cause, failure) = cause(case, meeting, calendar);
            Observed::new(true)
                .with(Dimension::Cause, cause)
                .with(Dimension::Failure, failure)
                .with(Dimension::Stage, "interview")
        })
    };
    everybody(place).filter_map(one).collect()
}

/// By the table of docs: everybody in these worlds is told, and nobody is kept waiting for another time.
fn cause(case: &Case, meeting: &Meeting, calendar: &Calendar) -> (&'static str, &'static str) {
    let is_reminder =
        |mail: &&Mail| matches!(mail.kind, MessageKind::InterviewReminder | MessageKind::InterviewUpcoming);
    // Of an earlier time nothing counts.
    let taken = meeting.answers.iter().find(|(answer, _)| *answer == CandidateAnswer::OtherTimeTaken);
    let since = taken.map(|(_, beat)| *beat).unwrap_or_default();
    let counts = |mail: &&Mail| mail.beat >= since && calendar.time(mail.beat) < meeting.start;
    let is_reminded = case.mails.iter().filter(is_reminder).any(|mail| counts(&mail));
    let yes: Option<DateTime<Utc>> =
        meeting.answers.last().filter(|_| meeting.is_confirmed()).map(|(_, beat)| calendar.time(*beat));
    match yes {
        Some(yes) if !is_reminded && meeting.start - yes > TimeDelta::days(2) => ("confirmed_not_reminded", "shared"),
        Some(_) => ("confirmed_did_not_come", "candidate"),
        None if is_reminded => ("silent_reminded", "candidate"),
        None => ("silent_not_reminded", "shared"),
    }
}

fn lead(span: TimeDelta) -> &'static str {
    let steps = [(1, "<1d"), (3, "1-2d"), (7, "3-6d"), (14, "7-13d")];
    steps.iter().find(|(days, _)| span < TimeDelta::days(*days)).map_or("14d+", |(_, name)| name)
}

fn follow_up(span: TimeDelta) -> &'static str {
    let steps = [(6, "<6h"), (24, "6-24h"), (48, "24-48h"), (168, "2-7d")];
    steps.iter().find(|(hours, _)| span < TimeDelta::hours(*hours)).map_or("7d+", |(_, name)| name)
}
