//! Interviews of which it is known who came.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::ats::v1::{Attendance, NoShowCause, NoShowFailure};
use usher_proto::word;

use crate::domain::{
    cells::Cells,
    cube::Cube,
    fact::Fact,
    story::{Interview, Story},
};

pub fn count(story: &Story<'_>, cells: &mut Cells) {
    for (id, interview) in &story.interviews {
        let Some(attendance) = interview.attendance.filter(|_| !interview.is_removed) else { continue };
        let start = attendance.other_time.unwrap_or(attendance.time);
        let about = |sent: &&Fact| sent.about == Some(*id) && sent.time < start;
        let last =
            story.messages.values().filter_map(|message| message.sent).filter(about).max_by_key(|sent| sent.time);
        one(story, interview, attendance, start, last, cells);
    }
}

fn one(
    story: &Story<'_>,
    interview: &Interview<'_>,
    attendance: &Fact,
    start: DateTime<Utc>,
    last: Option<&Fact>,
    cells: &mut Cells,
) {
    let who = Attendance::try_from(i32::from(attendance.code)).unwrap_or_default();
    let is = |one: Attendance| i32::from(who == one);
    let no_show = is(Attendance::CandidateNoShow);
    let late = is(Attendance::Late);
    let confirmed = if interview.is_confirmed(start) { "yes" } else { "no" };
    // What went before an interview from before Usher is not known.
    let [source, channel, follow_up, confirmed] = if attendance.flag {
        ["imported", "unknown", "unknown", "unknown"]
    } else {
        let channel = last.map_or("none", |sent| sent.channel.as_str());
        [story.source(), channel, follow_up(last.map(|sent| start - sent.time)), confirmed]
    };
    let lead = lead(interview.scheduled.map(|scheduled| start - scheduled.time));
    let values = [attendance.stage.as_str(), source, channel, lead, follow_up, confirmed];
    let expected = is(Attendance::Attended) + late + no_show;
    cells.add(Cube::Interviews, start, &values, [expected, no_show, late, is(Attendance::HostNoShow)]);
    if no_show == 1 {
        let (cause, failure) = interview.explained.map_or((0, 0), |said| (said.code, said.reason));
        let cause = NoShowCause::try_from(i32::from(cause)).unwrap_or_default();
        let failure = NoShowFailure::try_from(i32::from(failure)).unwrap_or_default();
        let cause = word(cause.as_str_name(), "NO_SHOW_CAUSE_");
        let failure = word(failure.as_str_name(), "NO_SHOW_FAILURE_");
        cells.add(Cube::Causes, start, &[&cause, &failure, &attendance.stage], [1]);
    }
}

/// From scheduling to the start.
fn lead(time: Option<TimeDelta>) -> &'static str {
    match time.map(|time| time.num_days()) {
        None => "unknown",
        Some(..1) => "<1d",
        Some(..3) => "1-2d",
        Some(..7) => "3-6d",
        Some(..14) => "7-13d",
        Some(_) => "14d+",
    }
}

/// From the last message to the start.
fn follow_up(time: Option<TimeDelta>) -> &'static str {
    match time.map(|time| time.num_hours()) {
        None => "none",
        Some(..6) => "<6h",
        Some(..24) => "6-24h",
        Some(..48) => "24-48h",
        Some(..168) => "2-7d",
        Some(_) => "7d+",
    }
}
