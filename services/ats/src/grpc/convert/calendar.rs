//! When a tenant works.

use usher_proto::ats::v1 as pb;

use crate::domain::calendar::{Calendar, Hours};

pub(super) fn calendar(calendar: Calendar) -> pb::Calendar {
    let dates = |dates: std::collections::BTreeSet<chrono::NaiveDate>| dates.iter().map(ToString::to_string).collect();
    pb::Calendar {
        time_zone: calendar.time_zone.name().to_owned(),
        working_days: week(calendar.week),
        holidays: dates(calendar.holidays),
        extra_working_days: dates(calendar.extra_working_days),
    }
}

pub(super) fn week(week: [Vec<Hours>; 7]) -> Vec<pb::WorkingDay> {
    let day =
        |(weekday, spans): (i32, Vec<Hours>)| pb::WorkingDay { weekday, spans: spans.into_iter().map(span).collect() };
    (1..).zip(week).filter(|(_, spans)| !spans.is_empty()).map(day).collect()
}

fn span(span: Hours) -> pb::WorkingSpan {
    let wall = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    pb::WorkingSpan { start: wall(span.start), end: wall(span.end) }
}
