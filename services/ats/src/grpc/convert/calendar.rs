//! When a tenant works.

use usher_proto::ats::v1 as pb;

use crate::domain::calendar::{Calendar, Span};

pub(super) fn calendar(calendar: Calendar) -> pb::Calendar {
    let dates = |dates: std::collections::BTreeSet<chrono::NaiveDate>| dates.iter().map(ToString::to_string).collect();
    let day =
        |(weekday, spans): (i32, Vec<Span>)| pb::WorkingDay { weekday, spans: spans.into_iter().map(span).collect() };
    pb::Calendar {
        time_zone: calendar.time_zone.name().to_owned(),
        working_days: (1..).zip(calendar.week).filter(|(_, spans)| !spans.is_empty()).map(day).collect(),
        holidays: dates(calendar.holidays),
        extra_working_days: dates(calendar.extra_working_days),
    }
}

fn span(span: Span) -> pb::WorkingSpan {
    let wall = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    pb::WorkingSpan { start: wall(span.start), end: wall(span.end) }
}
