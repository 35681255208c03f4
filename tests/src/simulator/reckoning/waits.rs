//! Stays in a stage in which somebody waited for a word for longer than the tenant allows.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::{analytics::v1::Dimension, ats::v1::CandidateAnswer};

use super::observed::Observed;
use crate::simulator::{
    calendar::{self, Beat, Calendar},
    drive::town::{Place, everybody},
    ledger::{Application, Case},
};

/// Working days for which somebody may wait.
const ALLOWED: u64 = 3;

/// Each stay in a stage, and whether its candidate waited too long in it.
pub fn observed(place: &Place, calendar: &Calendar, now: Beat) -> Vec<Observed> {
    everybody(place).flat_map(|(_, case)| of_case(case, calendar, now)).collect()
}

fn of_case(case: &Case, calendar: &Calendar, now: Beat) -> Vec<Observed> {
    let Some(application) = &case.application else { return Vec::new() };
    let end = application.end.map_or(now, |(_, beat)| beat);
    let waits = waits(case, application, calendar, end);
    let broken: Vec<DateTime<Utc>> =
        waits.iter().filter_map(|(since, until)| breach(calendar, *since, *until)).collect();
    let stays = application.stages.iter().enumerate().map(|(number, (stage, entered))| {
        let left = application.stages.get(number + 1).map_or(end, |(_, beat)| *beat);
        let within = |time: &DateTime<Utc>| calendar.time(*entered) <= *time && *time < calendar.time(left);
        Observed::new(broken.iter().any(within))
            .with(Dimension::Stage, *stage)
            .with(Dimension::Source, application.source)
    });
    stays.collect()
}

/// From when until when the next word was ours.
fn waits(
    case: &Case,
    application: &Application,
    calendar: &Calendar,
    end: Beat,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let end = calendar.time(end);
    let time = |beat: Beat| calendar.time(beat);
    let Some(meeting) = &case.meeting else { return vec![(time(application.beat), end)] };
    let mut waits = vec![(time(application.beat), time(meeting.arranged))];
    let offered = case.offer.as_ref().map(|offer| time(offer.sent));
    for (answer, beat) in &meeting.answers {
        match answer {
            CandidateAnswer::OtherTimeRequested => {
                let until = meeting.offered.as_ref().map(|(beat, _)| time(*beat));
                waits.push((time(*beat), until.unwrap_or(end)));
            }
            CandidateAnswer::Declined => waits.push((time(*beat), end)),
            _ => {}
        }
    }
    if meeting.attendance.is_some() {
        waits.push((meeting.start + TimeDelta::hours(1), offered.unwrap_or(end)));
    }
    if let Some(offer) = &case.offer {
        let over = offer.answer.map_or(offer.expires, |(_, beat)| time(beat));
        waits.push((over, end));
    }
    waits
}

/// When a wait had become too long, if it did before it was over: at the end of the last working day that is allowed, the day
/// on which it began not counted.
fn breach(calendar: &Calendar, since: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let last = calendar::working_days_after(calendar.day(since), ALLOWED);
    // Midnight there, eight hours before UTC's.
    let broken = calendar.start(last + 1) - TimeDelta::hours(14);
    (broken < until).then_some(broken)
}
