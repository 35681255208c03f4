//! The tables `dead_letters` and `redrives`, within one tenant.

use chassis::{Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::{
    backoff::TRIES,
    message::{CandidateId, MessageId},
    priority::Priority,
};

/// A message that was given up.
#[derive(Debug, Clone, FromRow)]
pub struct DeadLetter {
    pub message_id: MessageId,
    pub kind: i16,
    pub candidate_id: CandidateId,
    pub business_key: String,
    pub channel: String,
    pub reason: String,
    pub error: String,
    pub tries: i32,
    pub fail_time: DateTime<Utc>,
}

/// A message that is given up now.
#[derive(Debug)]
pub struct GivenUp<'all> {
    pub id: MessageId,
    pub channel: &'all str,
    pub priority: Priority,
    pub reason: &'static str,
    pub error: &'all str,
    pub tries: i32,
}

/// Which are meant; what is `None` restricts nothing.
#[derive(Debug, Default)]
pub struct Filter {
    pub channel: Option<String>,
    pub reason: Option<String>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

pub async fn insert(tx: &mut TenantTx, letters: &[GivenUp<'_>]) -> Result<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO dead_letters (tenant_id, message_id, channel, priority, reason, error, tries, fail_time)
         SELECT $1, id, channel, priority, reason, error, tries, $2
         FROM unnest($3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::int[])
             AS said (id, channel, priority, reason, error, tries)
         ON CONFLICT (tenant_id, message_id) DO UPDATE SET channel = excluded.channel, reason = excluded.reason,
             error = excluded.error, tries = excluded.tries, fail_time = excluded.fail_time",
    )
    .bind(tenant)
    .bind(now)
    .bind(letters.iter().map(|letter| letter.id).collect::<Vec<_>>())
    .bind(letters.iter().map(|letter| letter.channel).collect::<Vec<_>>())
    .bind(letters.iter().map(|letter| letter.priority.number()).collect::<Vec<_>>())
    .bind(letters.iter().map(|letter| letter.reason).collect::<Vec<_>>())
    .bind(letters.iter().map(|letter| letter.error).collect::<Vec<_>>())
    .bind(letters.iter().map(|letter| letter.tries).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What was given up has arrived after all.
pub async fn remove(tx: &mut TenantTx, ids: &[MessageId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM dead_letters WHERE tenant_id = $1 AND message_id = ANY ($2)")
        .bind(tenant)
        .bind(ids)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The last given up first.
pub async fn list(tx: &mut TenantTx, page: &Page, filter: &Filter) -> Result<Vec<DeadLetter>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as(
        "SELECT d.message_id, m.kind, m.candidate_id, m.business_key, d.channel, d.reason, d.error, d.tries, d.fail_time
         FROM dead_letters d JOIN messages m ON m.tenant_id = d.tenant_id AND m.message_id = d.message_id
         WHERE d.tenant_id = $1 AND ($2::text IS NULL OR d.channel = $2) AND ($3::text IS NULL OR d.reason = $3)
           AND ($4::timestamptz IS NULL OR d.fail_time >= $4) AND ($5::timestamptz IS NULL OR d.fail_time < $5)
           AND ($6::timestamptz IS NULL OR (d.fail_time, d.message_id) < ($6, $7))
         ORDER BY d.fail_time DESC, d.message_id DESC LIMIT $8",
    )
    .bind(tenant)
    .bind(&filter.channel)
    .bind(&filter.reason)
    .bind(filter.from)
    .bind(filter.to)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?)
}

/// Gives messages that were given up new tries, and notes who did so. The answer is those that had been given up.
pub async fn redrive(tx: &mut TenantTx, ids: &[MessageId]) -> Result<Vec<MessageId>> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.clone());
    // Whoever concludes locks the message first as well.
    let given_up: Vec<MessageId> = sqlx::query_scalar(
        "SELECT message_id FROM messages WHERE tenant_id = $1 AND message_id = ANY ($2) AND state = 5
         ORDER BY message_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    Ok(sqlx::query_scalar(
        "WITH gone AS (
             DELETE FROM dead_letters WHERE tenant_id = $1 AND message_id = ANY ($2) RETURNING message_id, priority
         ),
         noted AS (
             INSERT INTO redrives (tenant_id, message_id, time, actor) SELECT $1, message_id, $3, $4 FROM gone
         ),
         placed AS (
             INSERT INTO open_messages (tenant_id, message_id, step, channel, priority, next_time, tries, tries_allowed)
             SELECT $1, m.message_id, 2, m.channel, gone.priority, $3, m.tries, m.tries + $5
             FROM messages m JOIN gone ON gone.message_id = m.message_id WHERE m.tenant_id = $1
         )
         UPDATE messages m SET state = 2, next_time = $3 FROM gone
         WHERE m.tenant_id = $1 AND m.message_id = gone.message_id RETURNING m.message_id",
    )
    .bind(tenant)
    .bind(&given_up)
    .bind(now)
    .bind(actor.as_str())
    .bind(TRIES)
    .fetch_all(tx.conn())
    .await?)
}

/// Who gave a message new tries, the first first.
pub async fn redrives(tx: &mut TenantTx, id: MessageId) -> Result<Vec<(DateTime<Utc>, String)>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as("SELECT time, actor FROM redrives WHERE tenant_id = $1 AND message_id = $2 ORDER BY time")
        .bind(tenant)
        .bind(id)
        .fetch_all(tx.conn())
        .await?)
}

/// The last try that a message has; `None` when nobody has to work on it.
pub async fn tries_allowed(tx: &mut TenantTx, id: MessageId) -> Result<Option<i32>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT tries_allowed FROM open_messages WHERE tenant_id = $1 AND message_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}
