//! When people work, when they are taken, and which times suit everybody.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::ats::v1::{Period, QueryFreeBusyRequest, SuggestTimesRequest};

use crate::{
    domain::{
        calendar::Calendar,
        interview::{Booking, Interview, check_duration},
        slots::{Diary, Search},
        spans::{Span, merged},
        wall,
    },
    store,
};

/// The longest period that is looked at once.
const LONGEST: TimeDelta = TimeDelta::days(62);
/// How soon and for how long times are looked for unless it is said.
const NOTICE: TimeDelta = TimeDelta::hours(24);
const AHEAD: TimeDelta = TimeDelta::days(14);
/// When a candidate's day begins and ends unless it is said, in minutes.
const CANDIDATE_DAY: (u16, u16) = (8 * 60, 20 * 60);
/// As much of a calendar as is exported.
const EXPORTED_PAST: TimeDelta = TimeDelta::days(30);
const EXPORTED: i64 = 2_000;

/// Somebody's own calendar's word, or ours.
pub enum Taken {
    ByUs(Booking),
    Otherwise(String, Span),
}

/// When somebody works, and whether that is as the tenant does because they said nothing themselves.
pub async fn working_hours(tx: &mut TenantTx, user: &str) -> Result<(Calendar, bool)> {
    let mut set = store::calendars::working_hours(tx, &[user.to_owned()]).await?;
    match set.remove(user) {
        Some(hours) => Ok((hours, false)),
        None => Ok((store::settings::get(tx).await?.calendar, true)),
    }
}

/// When people are taken, in order of time.
pub async fn free_busy(tx: &mut TenantTx, request: &QueryFreeBusyRequest) -> Result<Vec<Taken>> {
    let within = period("period", request.period.as_ref(), LONGEST)?;
    let ours = store::bookings::within(tx, &request.user_ids, within, None).await?;
    let others = store::calendars::busy(tx, &request.user_ids, within).await?;
    let others = others.into_iter().map(|(user, span)| Taken::Otherwise(user, span));
    let mut taken: Vec<Taken> = ours.into_iter().map(Taken::ByUs).chain(others).collect();
    taken.sort_by_key(|taken| match taken {
        Taken::ByUs(booking) => (booking.span, booking.user_id.clone()),
        Taken::Otherwise(user, span) => (*span, user.clone()),
    });
    Ok(taken)
}

/// Times that suit everybody, soonest first.
pub async fn suggest(tx: &mut TenantTx, request: &SuggestTimesRequest) -> Result<Vec<DateTime<Utc>>> {
    let now = tx.now();
    let within = match &request.period {
        Some(asked) => period("period", Some(asked), LONGEST)?,
        None => Span { start: now + NOTICE, end: now + NOTICE + AHEAD },
    };
    let duration = request.duration.as_ref().map(|span| wire::span("duration", span)).transpose()?;
    let but = wire::optional_id("interview_id", &request.interview_id)?;
    let candidate_zone = wall::zone("candidate_time_zone", &request.candidate_time_zone)?;
    let minute = |minute: i32| u16::try_from(minute).unwrap_or_default();
    let asked = (minute(request.candidate_day_start_minute), minute(request.candidate_day_end_minute));
    let (start, end) = match asked {
        (start, end) if start == end => CANDIDATE_DAY,
        (start, end) if start < end => (start, end),
        _ => {
            let rule = "must be later than candidate_day_start_minute";
            return Err(Error::invalid("candidate_day_end_minute", "HOURS_INVALID", rule));
        }
    };
    let Some(ahead) = Span::new(within.start.max(now), within.end) else { return Ok(Vec::new()) };
    let search = Search {
        candidate: Calendar::daily(candidate_zone, start, end).within(ahead),
        candidate_zone,
        duration: check_duration(duration)?,
        count: usize::try_from(request.count).ok().filter(|count| *count > 0).unwrap_or(3),
    };
    let mut taken: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for booking in store::bookings::within(tx, &request.user_ids, ahead, but).await? {
        taken.entry(booking.user_id).or_default().push(booking.span);
    }
    for (user, span) in store::calendars::busy(tx, &request.user_ids, ahead).await? {
        taken.entry(user).or_default().push(span);
    }
    let hours = store::calendars::working_hours(tx, &request.user_ids).await?;
    let tenants = store::settings::get(tx).await?.calendar;
    let mut diaries = Vec::with_capacity(request.user_ids.len());
    for user in &request.user_ids {
        // Holidays are everybody's.
        let works = match hours.get(user) {
            Some(Calendar { time_zone, week, .. }) => {
                Calendar { time_zone: *time_zone, week: week.clone(), ..tenants.clone() }.within(ahead)
            }
            None => tenants.within(ahead),
        };
        diaries.push(Diary { works, taken: merged(taken.remove(user).unwrap_or_default()) });
    }
    Ok(search.suggest(&diaries))
}

/// Somebody's interviews, as their calendar shows them, each with its job's title.
pub async fn interviews_of(tx: &mut TenantTx, user: &str) -> Result<Vec<(Interview, String)>> {
    let since = tx.now() - EXPORTED_PAST;
    store::interviews::of_interviewer(tx, user, since, EXPORTED).await
}

/// A period that ends after it starts and is no longer than may be.
pub fn period(field: &str, asked: Option<&Period>, longest: TimeDelta) -> Result<Span> {
    let asked = asked.ok_or_else(|| Error::invalid(field, "FIELD_REQUIRED", "is required"))?;
    let start = wire::required_instant(&format!("{field}.start_time"), asked.start_time.as_ref())?;
    let end = wire::required_instant(&format!("{field}.end_time"), asked.end_time.as_ref())?;
    Span::new(start, end).filter(|span| span.end - span.start <= longest).ok_or_else(|| {
        let rule = format!("must end after it starts, and at most {} days later", longest.num_days());
        Error::invalid(field, "PERIOD_INVALID", rule)
    })
}
