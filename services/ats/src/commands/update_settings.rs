//! A tenant says how it works.

use chassis::{Error, Result, TenantTx, wire};
use chrono::NaiveDate;
use usher_proto::ats::v1::{self as pb, UpdateSettingsRequest};

use super::turn;
use crate::{
    domain::{
        calendar::{Calendar, Span, check_hours, minutes},
        settings::Settings,
    },
    store,
};

const FIELDS: [&str; 3] = ["default_stages", "calendar", "employer_silence_days"];
const CALENDAR: &str = "settings.calendar";

pub async fn run(tx: &mut TenantTx, request: UpdateSettingsRequest) -> Result<Settings> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let asked = request.settings.ok_or_else(|| Error::invalid("settings", "FIELD_REQUIRED", "is required"))?;
    let mut settings = store::settings::lock(tx).await?;
    wire::check_etag(&request.etag, settings.version)?;
    if mask.iter().any(|path| path == "default_stages") {
        settings.default_stages = asked.default_stages.into_iter().map(super::create_job::stage).collect();
    }
    let clock = (settings.calendar.clone(), settings.employer_silence_days);
    if mask.iter().any(|path| path == "calendar") {
        let calendar = asked.calendar.ok_or_else(|| Error::invalid(CALENDAR, "FIELD_REQUIRED", "is required"))?;
        settings.calendar = read_calendar(&calendar)?;
    }
    if mask.iter().any(|path| path == "employer_silence_days") {
        settings.employer_silence_days = asked.employer_silence_days.try_into().unwrap_or_default();
    }
    settings.check()?;
    settings.version += 1;
    settings.update_time = Some(tx.now());
    store::settings::update(tx, &settings).await?;
    if clock != (settings.calendar.clone(), settings.employer_silence_days) {
        turn::changed(tx).await?;
    }
    Ok(settings)
}

fn read_calendar(calendar: &pb::Calendar) -> Result<Calendar> {
    let time_zone = calendar.time_zone.parse().map_err(|_| {
        Error::invalid(
            format!("{CALENDAR}.time_zone"),
            "TIME_ZONE_UNKNOWN",
            "must be an IANA zone such as Asia/Shanghai",
        )
    })?;
    let mut week: [Vec<Span>; 7] = Default::default();
    for (place, day) in calendar.working_days.iter().enumerate() {
        let field = format!("{CALENDAR}.working_days[{place}]");
        let weekday = usize::try_from(day.weekday - 1).ok().and_then(|weekday| week.get_mut(weekday));
        let spans = weekday.filter(|spans| spans.is_empty()).ok_or_else(|| {
            Error::invalid(format!("{field}.weekday"), "WEEKDAY_REPEATED", "must be a weekday, and each named once")
        })?;
        let field = format!("{field}.spans");
        *spans =
            day.spans.iter().enumerate().map(|(place, span)| read_span(&field, place, span)).collect::<Result<_>>()?;
        check_hours(&field, spans)?;
    }
    Ok(Calendar {
        time_zone,
        week,
        holidays: read_dates("holidays", &calendar.holidays)?,
        extra_working_days: read_dates("extra_working_days", &calendar.extra_working_days)?,
    })
}

fn read_span(field: &str, place: usize, span: &pb::WorkingSpan) -> Result<Span> {
    match (minutes(&span.start), minutes(&span.end)) {
        (Some(start), Some(end)) => Ok(Span { start, end }),
        _ => Err(Error::invalid(
            format!("{field}[{place}]"),
            "WORKING_HOURS_INVALID",
            "must have wall times such as 09:00",
        )),
    }
}

fn read_dates<C: FromIterator<NaiveDate>>(name: &str, dates: &[String]) -> Result<C> {
    let date = |(place, text): (usize, &String)| {
        text.parse().map_err(|_| {
            Error::invalid(
                format!("{CALENDAR}.{name}[{place}]"),
                "DATE_INVALID",
                "must be a date of the calendar, such as 2026-10-01",
            )
        })
    };
    dates.iter().enumerate().map(date).collect()
}
