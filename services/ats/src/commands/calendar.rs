//! Interviewers say when they work and when they are taken.

use chassis::{Error, Result, TenantTx};
use chrono::TimeDelta;
use usher_proto::ats::v1::{ReplaceBusyTimesRequest, SetWorkingHoursRequest};

use super::update_settings::week;
use crate::{
    domain::{calendar::Calendar, wall},
    queries::calendars::period,
    store,
};

/// The longest period that is replaced at once.
const LONGEST: TimeDelta = TimeDelta::days(400);

pub async fn set_working_hours(tx: &mut TenantTx, request: SetWorkingHoursRequest) -> Result<Calendar> {
    let asked =
        request.working_hours.ok_or_else(|| Error::invalid("working_hours", "FIELD_REQUIRED", "is required"))?;
    let hours = Calendar {
        time_zone: wall::zone("working_hours.time_zone", &asked.time_zone)?,
        week: week("working_hours", &asked.working_days)?,
        ..Calendar::default()
    };
    store::calendars::set_working_hours(tx, &request.user_id, &hours).await?;
    Ok(hours)
}

pub async fn replace_busy(tx: &mut TenantTx, request: ReplaceBusyTimesRequest) -> Result<()> {
    let within = period("period", request.period.as_ref(), LONGEST)?;
    let mut busy = Vec::with_capacity(request.busy.len());
    for (place, asked) in request.busy.iter().enumerate() {
        let field = format!("busy[{place}]");
        let span = period(&field, Some(asked), LONGEST)?;
        if span.start < within.start || span.start >= within.end {
            return Err(Error::invalid(field, "PERIOD_INVALID", "must begin within the period"));
        }
        busy.push(span);
    }
    store::calendars::replace_busy(tx, &request.user_id, within, &busy).await
}
