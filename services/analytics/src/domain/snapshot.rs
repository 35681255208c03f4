//! What was known of an interview at a moment before it began: what a forecast may look at, and what it is learned from.
//!
//! Both look from the same distance, a day before the start, so that nothing is learned that a forecast could not have known.

use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;
use usher_proto::{
    ats::v1::{Attendance, CandidateAnswer, ExpectedAttendance},
    outreach::v1::MessageKind,
};
use uuid::Uuid;

use super::{
    fact::Fact,
    story::{Interview, Story},
};
use crate::domain::risk::known::{Answer, Channel, DayPart, Earlier, Forecast, Known, MovedBy, Source, Weekday};

/// From how far before the start forecasts are made and learned from.
pub const DISTANCE: TimeDelta = TimeDelta::hours(24);
/// A reminder is one that goes out within this before the start.
const SHORTLY: TimeDelta = TimeDelta::hours(48);

/// When an interview begins, as it was known at a moment; `None` before it was scheduled, or when it was called off.
pub fn start(interview: &Interview<'_>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let scheduled = interview.scheduled.filter(|said| said.time <= at)?;
    let moves = interview.rescheduled.iter().chain(&interview.answers).filter(|said| said.time <= at);
    let last = moves.filter(|said| said.other_time.is_some()).max_by_key(|said| said.position);
    last.unwrap_or(&scheduled).other_time
}

/// What was known of an interview of a story at that moment.
pub fn known(story: &Story<'_>, id: Uuid, at: DateTime<Utc>, earlier: Earlier) -> Known {
    let none = Interview::default();
    let interview = story.interviews.get(&id).unwrap_or(&none);
    let start = start(interview, at);
    let before = |said: &&&Fact| said.time <= at;
    let answers: Vec<&&Fact> = interview.answers.iter().filter(before).collect();
    let moves = interview.rescheduled.iter().filter(before).count();
    let asked = answers.iter().filter(|said| asks_for_another(said)).count();
    let sent: Vec<&Fact> = story
        .messages
        .values()
        .filter_map(|message| message.sent)
        .filter(|sent| sent.about == Some(id) && sent.time <= at)
        .collect();
    let last_word = sent.iter().map(|sent| sent.time).chain(answers.iter().map(|said| said.time)).max();
    let reminded = start.map(|start| sent.iter().any(|sent| is_reminder(sent) && sent.time >= start - SHORTLY));
    let local = start.zip(zone(interview)).map(|(start, zone)| start.with_timezone(&zone));
    let attempt = interview.scheduled.or(interview.attendance).map(|said| said.number);
    Known {
        lead_days: interview.scheduled.zip(start).map(|(said, start)| hours(start - said.time) / 24.0),
        round: None,
        attempt: attempt.and_then(|attempt| u32::try_from(attempt).ok()).filter(|attempt| *attempt > 0),
        answer: interview.scheduled.map(|_| answer(answers.last())),
        hours_since_message: last_word.map(|time| hours(at - time)),
        reminded,
        messages: interview.scheduled.map(|_| count(sent.len() + answers.len())),
        reschedules: interview.scheduled.map(|_| count(moves + asked)),
        moved_by: interview.scheduled.map(|_| moved_by(moves, asked)),
        weekday: local.map(|local| weekday(local.weekday())),
        day_part: local.map(|local| DayPart::of_hour(local.hour())),
        earlier: Some(earlier),
        forecast: interview.attendance.and_then(|said| forecast(said.reason)),
        source: story.applied.and_then(|applied| source(&applied.origin)),
        channel: sent.iter().max_by_key(|sent| sent.time).and_then(|sent| channel(&sent.channel)),
        place_told: None,
    }
}

/// Whether an interview is over and depended on the candidate, and if so whether they stayed away.
pub fn missed(interview: &Interview<'_>) -> Option<bool> {
    let said = interview.attendance.filter(|_| !interview.is_removed)?;
    match Attendance::try_from(i32::from(said.code)).unwrap_or_default() {
        Attendance::Attended | Attendance::Late => Some(false),
        Attendance::CandidateNoShow => Some(true),
        Attendance::HostNoShow | Attendance::Unspecified => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "minutes of any interview stay far below 2^52")]
fn hours(time: TimeDelta) -> f64 {
    time.num_minutes().max(0) as f64 / 60.0
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn zone(interview: &Interview<'_>) -> Option<Tz> {
    interview.scheduled.and_then(|said| said.time_zone.parse().ok())
}

fn said(fact: &Fact) -> CandidateAnswer {
    CandidateAnswer::try_from(i32::from(fact.code)).unwrap_or_default()
}

fn asks_for_another(fact: &Fact) -> bool {
    matches!(said(fact), CandidateAnswer::OtherTimeRequested | CandidateAnswer::OtherTimeTaken)
}

fn answer(last: Option<&&&Fact>) -> Answer {
    match last.map(|last| said(last)) {
        None | Some(CandidateAnswer::Unspecified) => Answer::Nothing,
        Some(CandidateAnswer::Confirmed | CandidateAnswer::OtherTimeTaken) => Answer::Confirmed,
        Some(CandidateAnswer::OtherTimeRequested) => Answer::OtherTime,
        Some(CandidateAnswer::Withdrew | CandidateAnswer::Declined) => Answer::Replied,
    }
}

fn is_reminder(sent: &Fact) -> bool {
    let kind = MessageKind::try_from(i32::from(sent.code)).unwrap_or_default();
    matches!(kind, MessageKind::InterviewReminder | MessageKind::InterviewUpcoming)
}

fn moved_by(by_host: usize, by_candidate: usize) -> MovedBy {
    match (by_host, by_candidate) {
        (0, 0) => MovedBy::Nobody,
        (_, 0) => MovedBy::Host,
        (0, _) => MovedBy::Candidate,
        _ => MovedBy::Both,
    }
}

fn weekday(day: chrono::Weekday) -> Weekday {
    match day {
        chrono::Weekday::Mon => Weekday::Monday,
        chrono::Weekday::Tue => Weekday::Tuesday,
        chrono::Weekday::Wed => Weekday::Wednesday,
        chrono::Weekday::Thu => Weekday::Thursday,
        chrono::Weekday::Fri => Weekday::Friday,
        chrono::Weekday::Sat => Weekday::Saturday,
        chrono::Weekday::Sun => Weekday::Sunday,
    }
}

fn forecast(code: i16) -> Option<Forecast> {
    match ExpectedAttendance::try_from(i32::from(code)).unwrap_or_default() {
        ExpectedAttendance::Unspecified => None,
        ExpectedAttendance::Yes => Some(Forecast::Expected),
        ExpectedAttendance::No => Some(Forecast::NotExpected),
        ExpectedAttendance::Uncertain => Some(Forecast::Uncertain),
    }
}

/// A tenant's own words for where applications come from are known by the word that stands in them.
fn source(origin: &str) -> Option<Source> {
    let origin = origin.to_lowercase();
    let known = [
        ("referral", Source::Referral),
        ("内推", Source::Referral),
        ("agency", Source::Agency),
        ("猎头", Source::Agency),
        ("board", Source::JobBoard),
        ("招聘网", Source::JobBoard),
        ("career", Source::CareerPage),
        ("官网", Source::CareerPage),
        ("sourc", Source::Approached),
        ("pool", Source::Approached),
        ("campaign", Source::Approached),
    ];
    if origin.is_empty() {
        return None;
    }
    Some(known.iter().find(|(word, _)| origin.contains(word)).map_or(Source::Other, |(_, source)| *source))
}

fn channel(channel: &str) -> Option<Channel> {
    match channel {
        "email" => Some(Channel::Mail),
        "sms" => Some(Channel::TextMessage),
        "wecom" | "wechat" => Some(Channel::Chat),
        _ => None,
    }
}
