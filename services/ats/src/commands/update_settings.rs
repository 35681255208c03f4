//! A tenant says how it works.

use chassis::{Error, Result, TenantTx, wire};
use chrono::NaiveDate;
use usher_proto::ats::v1::{self as pb, UpdateSettingsRequest};

use super::{follow_up, turn};
use crate::{
    domain::{
        cadence::{Rule, rule::Draft},
        calendar::{Calendar, Hours, check_hours, minutes},
        settings::{ReschedulePolicy, Settings},
        wall,
    },
    store,
};

const FIELDS: [&str; 7] = [
    "default_stages",
    "reschedule_policy",
    "cadences",
    "default_offer_approvers",
    "onboarding_checklist",
    "calendar",
    "employer_silence_days",
];
const CALENDAR: &str = "settings.calendar";

pub async fn run(tx: &mut TenantTx, request: UpdateSettingsRequest) -> Result<Settings> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let asked = request.settings.ok_or_else(|| Error::invalid("settings", "FIELD_REQUIRED", "is required"))?;
    let mut settings = store::settings::lock(tx).await?;
    wire::check_etag(&request.etag, settings.version)?;
    let named = |name: &str| mask.iter().any(|path| path == name);
    if named("default_stages") {
        settings.default_stages = asked.default_stages.into_iter().map(super::create_job::stage).collect();
    }
    if named("reschedule_policy") {
        settings.reschedule_policy = reschedule_policy(asked.reschedule_policy)?;
    }
    if named("cadences") {
        let rules = asked.cadences.into_iter().enumerate();
        let rules: Vec<Rule> =
            rules.map(|(place, asked)| rule(&format!("settings.cadences[{place}]"), asked)).collect::<Result<_>>()?;
        settings.cadences = Some(rules);
        follow_up::rules_changed(tx).await?;
    }
    if named("default_offer_approvers") {
        settings.default_offer_approvers = asked.default_offer_approvers;
    }
    if named("onboarding_checklist") {
        settings.onboarding_checklist = asked.onboarding_checklist.into_iter().map(super::onboarding::entry).collect();
    }
    let clock = (settings.calendar.clone(), settings.employer_silence_days);
    if named("calendar") {
        let calendar = asked.calendar.ok_or_else(|| Error::invalid(CALENDAR, "FIELD_REQUIRED", "is required"))?;
        settings.calendar = read_calendar(&calendar)?;
    }
    if named("employer_silence_days") {
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

/// What is left out is as the house does it.
fn reschedule_policy(asked: Option<pb::ReschedulePolicy>) -> Result<ReschedulePolicy> {
    let usual = ReschedulePolicy::default();
    let Some(asked) = asked else { return Ok(usual) };
    let span = |field: &str, span: Option<&prost_types::Duration>, usual| match span {
        None => Ok(usual),
        Some(span) => wire::span(&format!("settings.reschedule_policy.{field}"), span),
    };
    Ok(ReschedulePolicy::new(
        span("cutoff", asked.cutoff.as_ref(), usual.cutoff())?,
        asked.cap,
        span("hold", asked.hold.as_ref(), usual.hold())?,
    ))
}

/// A rule as the wire has it.
pub fn rule(field: &str, asked: pb::CadenceRule) -> Result<Rule> {
    let span = |name: &str, span: Option<&prost_types::Duration>| match span {
        None => Ok(chrono::TimeDelta::zero()),
        Some(span) => wire::span(&format!("{field}.{name}"), span),
    };
    Ok(Rule::new(Draft {
        trigger: asked.trigger(),
        mode: asked.mode(),
        message_kind: asked.message_kind(),
        delay: span("delay", asked.delay.as_ref())?,
        every: span("every", asked.every.as_ref())?,
        key: asked.key,
        enabled: asked.enabled,
        at_most: asked.at_most,
        channels: asked.channels,
    }))
}

fn read_calendar(calendar: &pb::Calendar) -> Result<Calendar> {
    Ok(Calendar {
        time_zone: wall::zone(&format!("{CALENDAR}.time_zone"), &calendar.time_zone)?,
        week: week(CALENDAR, &calendar.working_days)?,
        holidays: read_dates("holidays", &calendar.holidays)?,
        extra_working_days: read_dates("extra_working_days", &calendar.extra_working_days)?,
    })
}

/// The hours of a week, as the wire has them.
pub fn week(field: &str, days: &[pb::WorkingDay]) -> Result<[Vec<Hours>; 7]> {
    let mut week: [Vec<Hours>; 7] = Default::default();
    for (place, day) in days.iter().enumerate() {
        let field = format!("{field}.working_days[{place}]");
        let weekday = usize::try_from(day.weekday - 1).ok().and_then(|weekday| week.get_mut(weekday));
        let spans = weekday.filter(|spans| spans.is_empty()).ok_or_else(|| {
            Error::invalid(format!("{field}.weekday"), "WEEKDAY_REPEATED", "must be a weekday, and each named once")
        })?;
        let field = format!("{field}.spans");
        *spans =
            day.spans.iter().enumerate().map(|(place, span)| read_span(&field, place, span)).collect::<Result<_>>()?;
        check_hours(&field, spans)?;
    }
    Ok(week)
}

fn read_span(field: &str, place: usize, span: &pb::WorkingSpan) -> Result<Hours> {
    match (minutes(&span.start), minutes(&span.end)) {
        (Some(start), Some(end)) => Ok(Hours { start, end }),
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
