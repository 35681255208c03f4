//! The table `bookings`: the places that interviews take in their interviewers' calendars.

use std::collections::BTreeSet;

use chassis::{Error, OnConstraint as _, Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::{
    interview::{Booking, Interview, InterviewId},
    spans::Span,
};

#[derive(FromRow)]
struct Row {
    user_id: String,
    start_time: DateTime<Utc>,
    end_time: DateTime<Utc>,
    hold_until: Option<DateTime<Utc>>,
}

impl Row {
    fn booking(self) -> Booking {
        let span = Span { start: self.start_time, end: self.end_time };
        Booking { user_id: self.user_id, span, hold_until: self.hold_until }
    }
}

/// Lets an interview take just the places that it needs by now. Refused where one of them is another interview's: the
/// error says who is taken and when, and not by whom.
pub async fn settle(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let needed: BTreeSet<Booking> = interview.bookings(tx.now()).into_iter().collect();
    let standing = of_interview(tx, interview.id).await?;
    if needed == standing {
        return Ok(());
    }
    if needed.is_subset(&standing) {
        return release(tx, interview.id, &needed).await;
    }
    let users: BTreeSet<&str> = needed.iter().map(|place| place.user_id.as_str()).collect();
    take_turns(tx, &users).await?;
    release(tx, interview.id, &needed.intersection(&standing).cloned().collect()).await?;
    let fresh: Vec<Booking> = needed.difference(&standing).cloned().collect();
    refuse_clash(tx, interview, &fresh).await?;
    insert(tx, interview.id, &fresh).await
}

async fn of_interview(tx: &mut TenantTx, id: InterviewId) -> Result<BTreeSet<Booking>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT user_id, start_time, end_time, hold_until FROM bookings WHERE tenant_id = $1 AND interview_id = $2",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Row::booking).collect())
}

/// One writer per calendar at a time, and calendars in one order: two that want overlapping places would otherwise wait
/// for each other inside of the constraint. Whoever takes it before they look for free places finds them free when they
/// take them.
pub async fn take_turns(tx: &mut TenantTx, users: &BTreeSet<&str>) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let users: Vec<&str> = users.iter().copied().collect();
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('bookings/' || $1::text || '/' || name, 0))
         FROM (SELECT name FROM unnest($2::text[]) AS name ORDER BY name) AS users",
    )
    .bind(tenant.0.to_string())
    .bind(&users)
    .execute(tx.conn())
    .await?;
    sqlx::query("DELETE FROM bookings WHERE tenant_id = $1 AND user_id = ANY ($2) AND hold_until <= $3")
        .bind(tenant)
        .bind(&users)
        .bind(tx.now())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Gives up all places but those that are kept.
async fn release(tx: &mut TenantTx, id: InterviewId, kept: &BTreeSet<Booking>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "DELETE FROM bookings WHERE tenant_id = $1 AND interview_id = $2
           AND (user_id, start_time) NOT IN (SELECT * FROM unnest($3::text[], $4::timestamptz[]))",
    )
    .bind(tenant)
    .bind(id)
    .bind(kept.iter().map(|place| place.user_id.as_str()).collect::<Vec<_>>())
    .bind(kept.iter().map(|place| place.span.start).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn refuse_clash(tx: &mut TenantTx, interview: &Interview, fresh: &[Booking]) -> Result<()> {
    let tenant = tx.tenant();
    let clash: Option<Row> = sqlx::query_as(
        "SELECT b.user_id, b.start_time, b.end_time, b.hold_until
         FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) AS new (user_id, start_time, end_time)
         JOIN bookings b ON b.tenant_id = $1 AND b.user_id = new.user_id AND b.interview_id <> $2
              AND tstzrange(b.start_time, b.end_time) && tstzrange(new.start_time, new.end_time)
         ORDER BY b.start_time, b.user_id LIMIT 1",
    )
    .bind(tenant)
    .bind(interview.id)
    .bind(fresh.iter().map(|place| place.user_id.as_str()).collect::<Vec<_>>())
    .bind(fresh.iter().map(|place| place.span.start).collect::<Vec<_>>())
    .bind(fresh.iter().map(|place| place.span.end).collect::<Vec<_>>())
    .fetch_optional(tx.conn())
    .await?;
    let Some(Booking { user_id, span, .. }) = clash.map(Row::booking) else { return Ok(()) };
    let (start, end) = (span.start.to_rfc3339(), span.end.to_rfc3339());
    let name = interview.interviewers.iter().find(|met| met.user_id == user_id).map(|met| met.display_name.as_str());
    let message = format!("{} is taken from {start} to {end}", name.unwrap_or("an interviewer"));
    Err(Error::failed_precondition("INTERVIEWER_BUSY", message)
        .hint("choose another time, or somebody else; SuggestTimes finds times that suit everybody")
        .with("user_id", user_id)
        .with("start_time", start)
        .with("end_time", end))
}

async fn insert(tx: &mut TenantTx, id: InterviewId, fresh: &[Booking]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO bookings (tenant_id, interview_id, user_id, start_time, end_time, hold_until)
         SELECT $1, $2, * FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
         ON CONFLICT (tenant_id, user_id, start_time, interview_id)
         DO UPDATE SET end_time = excluded.end_time, hold_until = excluded.hold_until",
    )
    .bind(tenant)
    .bind(id)
    .bind(fresh.iter().map(|place| place.user_id.as_str()).collect::<Vec<_>>())
    .bind(fresh.iter().map(|place| place.span.start).collect::<Vec<_>>())
    .bind(fresh.iter().map(|place| place.span.end).collect::<Vec<_>>())
    .bind(fresh.iter().map(|place| place.hold_until).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .on_constraint("bookings_once", || {
        Error::failed_precondition("INTERVIEWER_BUSY", "an interviewer is taken at that time")
    })?;
    Ok(())
}

/// When some people are taken within a period, but for one interview.
pub async fn within(
    tx: &mut TenantTx,
    users: &[String],
    period: Span,
    but: Option<InterviewId>,
) -> Result<Vec<Booking>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT user_id, start_time, end_time, hold_until FROM bookings
         WHERE tenant_id = $1 AND user_id = ANY ($2) AND tstzrange(start_time, end_time) && tstzrange($3, $4)
           AND (hold_until IS NULL OR hold_until > $5) AND ($6::uuid IS NULL OR interview_id <> $6)
         ORDER BY start_time, user_id, end_time",
    )
    .bind(tenant)
    .bind(users)
    .bind(period.start)
    .bind(period.end)
    .bind(now)
    .bind(but)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Row::booking).collect())
}
