//! When people work and when they are taken.

use chassis::wire::timestamp;
use usher_proto::ats::v1 as pb;

use super::calendar::week;
use crate::{
    domain::{calendar::Calendar, spans::Span},
    queries::calendars::Taken,
};

pub fn working_hours(hours: Calendar) -> pb::WorkingHours {
    pb::WorkingHours { time_zone: hours.time_zone.name().to_owned(), working_days: week(hours.week) }
}

pub fn taken(taken: Taken) -> pb::BusyTime {
    let (user_id, span, kind) = match taken {
        Taken::ByUs(booking) if booking.hold_until.is_some() => (booking.user_id, booking.span, pb::BusyKind::Held),
        Taken::ByUs(booking) => (booking.user_id, booking.span, pb::BusyKind::Interview),
        Taken::Otherwise(user_id, span) => (user_id, span, pb::BusyKind::Other),
    };
    pb::BusyTime { user_id, period: Some(period(span)), kind: kind.into() }
}

fn period(span: Span) -> pb::Period {
    pb::Period { start_time: Some(timestamp(span.start)), end_time: Some(timestamp(span.end)) }
}
