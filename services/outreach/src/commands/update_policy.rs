//! A tenant says when and how often it writes to people.

use chassis::{Error, Result, TenantTx, wire};
use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use usher_proto::outreach::v1::{self as pb, UpdateContactPolicyRequest};

use crate::{
    domain::gate::{
        holidays::Calendar,
        policy::{Caps, Policy},
        quiet::Quiet,
    },
    store,
};

const FIELDS: [&str; 9] = [
    "time_zone",
    "marketing",
    "reminders",
    "others",
    "urgent_before",
    "caps",
    "max_deferral_days",
    "holiday_calendars",
    "lease_on_send",
];

pub async fn run(tx: &mut TenantTx, request: UpdateContactPolicyRequest) -> Result<Policy> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let asked = request.policy.ok_or_else(|| Error::invalid("policy", "FIELD_REQUIRED", "is required"))?;
    let mut policy = store::policies::lock(tx).await?;
    wire::check_etag(&request.etag, policy.version)?;
    for field in &mask {
        set(&mut policy, field, &asked)?;
    }
    policy.check()?;
    policy.version += 1;
    policy.update_time = Some(tx.now());
    store::policies::update(tx, &policy).await?;
    Ok(policy)
}

/// What is named and left out is as the house does it.
fn set(policy: &mut Policy, field: &str, asked: &pb::ContactPolicy) -> Result<()> {
    let usual = Policy::default();
    match field {
        "time_zone" if asked.time_zone.is_empty() => policy.zone = usual.zone,
        "time_zone" => policy.zone = zone("time_zone", &asked.time_zone)?,
        "marketing" => policy.marketing = quiet(field, asked.marketing.as_ref(), usual.marketing)?,
        "reminders" => policy.reminders = quiet(field, asked.reminders.as_ref(), usual.reminders)?,
        "others" => policy.others = quiet(field, asked.others.as_ref(), usual.others)?,
        "urgent_before" => {
            policy.urgent_before_seconds = seconds(field, asked.urgent_before.as_ref(), usual.urgent_before_seconds)?;
        }
        "lease_on_send" => policy.lease_on_send_seconds = seconds(field, asked.lease_on_send.as_ref(), 0)?,
        "caps" => policy.caps = asked.caps.as_ref().map_or(usual.caps, caps),
        "max_deferral_days" => {
            let days = u32::try_from(asked.max_deferral_days).ok().filter(|days| *days > 0);
            policy.max_deferral_days = days.unwrap_or(usual.max_deferral_days);
        }
        _ => {
            let calendars = asked.holiday_calendars.iter().enumerate();
            policy.calendars = calendars.map(|(place, asked)| calendar(place, asked)).collect::<Result<_>>()?;
        }
    }
    Ok(())
}

fn caps(asked: &pb::FrequencyCaps) -> Caps {
    let number = |number: i32| u32::try_from(number).unwrap_or_default();
    Caps {
        marketing_per_7_days: number(asked.marketing_per_7_days),
        marketing_per_30_days: number(asked.marketing_per_30_days),
        total_per_day: number(asked.total_per_day),
        safety_per_day: number(asked.safety_per_day),
    }
}

fn seconds(field: &str, asked: Option<&prost_types::Duration>, usual: i64) -> Result<i64> {
    match asked {
        None => Ok(usual),
        Some(span) => Ok(wire::span(&format!("policy.{field}"), span)?.num_seconds()),
    }
}

fn quiet(field: &str, asked: Option<&pb::QuietHours>, usual: Quiet) -> Result<Quiet> {
    let Some(asked) = asked else { return Ok(usual) };
    let night = match (asked.start.as_str(), asked.end.as_str()) {
        ("", "") => None,
        (start, end) => Some((time(&format!("{field}.start"), start)?, time(&format!("{field}.end"), end)?)),
    };
    Ok(Quiet { night, on_holidays: asked.on_holidays, on_weekends: asked.on_weekends })
}

fn time(field: &str, text: &str) -> Result<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| {
        let description = "must be a wall time such as 21:00; both or neither of start and end";
        Error::invalid(format!("policy.{field}"), "QUIET_HOURS_INVALID", description)
    })
}

fn zone(field: &str, name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        Error::invalid(format!("policy.{field}"), "TIME_ZONE_UNKNOWN", "must be an IANA zone such as Asia/Shanghai")
    })
}

fn calendar(place: usize, asked: &pb::HolidayCalendar) -> Result<Calendar> {
    let field = |name: &str, place_in: usize| format!("holiday_calendars[{place}].{name}[{place_in}]");
    let zones = asked.time_zones.iter().enumerate();
    let date = |name: &str, place_in: usize, text: &str| -> Result<NaiveDate> {
        text.parse().map_err(|_| {
            let description = "must be a date of the calendar, such as 2027-01-01";
            Error::invalid(format!("policy.{}", field(name, place_in)), "DATE_INVALID", description)
        })
    };
    let dates = |name: &'static str, texts: &[String]| {
        texts.iter().enumerate().map(|(place_in, text)| date(name, place_in, text)).collect::<Result<_>>()
    };
    Ok(Calendar {
        region: asked.region.clone(),
        zones: zones.map(|(place_in, name)| zone(&field("time_zones", place_in), name)).collect::<Result<_>>()?,
        holidays: dates("holidays", &asked.holidays)?,
        working_days: dates("working_days", &asked.working_days)?,
    })
}
