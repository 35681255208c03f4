//! The tables `working_hours` and `busy_times`: what interviewers say of their own time.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::types::Json;

use crate::domain::{calendar::Calendar, spans::Span};

/// The hours of those who have set them.
pub async fn working_hours(tx: &mut TenantTx, users: &[String]) -> Result<BTreeMap<String, Calendar>> {
    let tenant = tx.tenant();
    let rows: Vec<(String, Json<Calendar>)> =
        sqlx::query_as("SELECT user_id, content FROM working_hours WHERE tenant_id = $1 AND user_id = ANY ($2)")
            .bind(tenant)
            .bind(users)
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().map(|(user, hours)| (user, hours.0)).collect())
}

pub async fn set_working_hours(tx: &mut TenantTx, user: &str, hours: &Calendar) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO working_hours (tenant_id, user_id, content, update_time) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, user_id) DO UPDATE SET content = excluded.content, update_time = excluded.update_time",
    )
    .bind(tenant)
    .bind(user)
    .bind(Json(hours))
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Replaces the busy times that begin within a period.
pub async fn replace_busy(tx: &mut TenantTx, user: &str, period: Span, busy: &[Span]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "DELETE FROM busy_times WHERE tenant_id = $1 AND user_id = $2 AND start_time >= $3 AND start_time < $4",
    )
    .bind(tenant)
    .bind(user)
    .bind(period.start)
    .bind(period.end)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "INSERT INTO busy_times (tenant_id, user_id, start_time, end_time)
         SELECT $1, $2, * FROM unnest($3::timestamptz[], $4::timestamptz[]) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(user)
    .bind(busy.iter().map(|span| span.start).collect::<Vec<_>>())
    .bind(busy.iter().map(|span| span.end).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// When some people's own calendars say that they are taken, within a period.
pub async fn busy(tx: &mut TenantTx, users: &[String], period: Span) -> Result<Vec<(String, Span)>> {
    let tenant = tx.tenant();
    let rows: Vec<(String, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
        "SELECT user_id, start_time, end_time FROM busy_times
         WHERE tenant_id = $1 AND user_id = ANY ($2) AND start_time < $4 AND end_time > $3
         ORDER BY start_time, user_id, end_time",
    )
    .bind(tenant)
    .bind(users)
    .bind(period.start)
    .bind(period.end)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(user, start, end)| (user, Span { start, end })).collect())
}
