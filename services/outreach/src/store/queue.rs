//! The table `messages` as a queue, across tenants: what has to be prepared, enqueued, claimed.
//!
//! States: 1 accepted, 2 queued, 3 sending. Leases are by the database's clock; see the migration.

use chassis::{Result, SystemTx, TenantId};
use sqlx::FromRow;

use crate::domain::message::MessageId;

/// A message of some tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Ticket {
    pub tenant_id: TenantId,
    pub message_id: MessageId,
}

/// What waits to be prepared. Nothing is locked: whoever is faster does it.
pub async fn accepted(tx: &mut SystemTx, limit: i64) -> Result<Vec<Ticket>> {
    let now = tx.now();
    Ok(sqlx::query_as(
        "SELECT tenant_id, message_id FROM messages WHERE state = 1 AND next_time <= $1 ORDER BY next_time LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Takes back what a worker has held for too long: it died, or its answer was lost.
pub async fn take_over(tx: &mut SystemTx) -> Result<u64> {
    let done =
        sqlx::query("UPDATE messages SET state = 2, enqueue_until = now() WHERE state = 3 AND claim_until < now()")
            .execute(tx.conn())
            .await?;
    Ok(done.rows_affected())
}

/// What is due and not in Redis, or has been there for so long that Redis may have forgotten it; marks it as put there.
pub async fn to_enqueue(tx: &mut SystemTx, limit: i64, trust_seconds: i64) -> Result<Vec<Ticket>> {
    let now = tx.now();
    Ok(sqlx::query_as(
        "WITH due AS (
             SELECT tenant_id, message_id FROM messages
             WHERE state = 2 AND next_time <= $1 AND enqueue_until <= now()
             ORDER BY next_time LIMIT $2 FOR UPDATE SKIP LOCKED
         )
         UPDATE messages m SET enqueue_until = now() + make_interval(secs => $3)
         FROM due WHERE m.tenant_id = due.tenant_id AND m.message_id = due.message_id
         RETURNING m.tenant_id, m.message_id",
    )
    .bind(now)
    .bind(limit)
    .bind(f64::from(u32::try_from(trust_seconds).unwrap_or_default()))
    .fetch_all(tx.conn())
    .await?)
}

/// Takes the mark away again: Redis did not get them.
pub async fn trust_no_more(tx: &mut SystemTx, tickets: &[Ticket]) -> Result<()> {
    let tenants: Vec<TenantId> = tickets.iter().map(|ticket| ticket.tenant_id).collect();
    let messages: Vec<MessageId> = tickets.iter().map(|ticket| ticket.message_id).collect();
    sqlx::query(
        "UPDATE messages m SET enqueue_until = now()
         FROM unnest($1::uuid[], $2::uuid[]) AS asked (tenant_id, message_id)
         WHERE m.tenant_id = asked.tenant_id AND m.message_id = asked.message_id AND m.state = 2",
    )
    .bind(&tenants)
    .bind(&messages)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Claims those that are still to be sent, for `lease_seconds`; each claim is a try.
pub async fn claim(tx: &mut SystemTx, tickets: &[Ticket], lease_seconds: u32) -> Result<Vec<Ticket>> {
    let tenants: Vec<TenantId> = tickets.iter().map(|ticket| ticket.tenant_id).collect();
    let messages: Vec<MessageId> = tickets.iter().map(|ticket| ticket.message_id).collect();
    let now = tx.now();
    Ok(sqlx::query_as(
        "WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS asked (tenant_id, message_id)),
         mine AS (
             SELECT m.tenant_id, m.message_id FROM messages m JOIN asked USING (tenant_id, message_id)
             WHERE m.state = 2 AND m.next_time <= $3
             ORDER BY m.tenant_id, m.message_id FOR UPDATE OF m SKIP LOCKED
         ),
         claimed AS (
             UPDATE messages m SET state = 3, tries = tries + 1, claim_until = now() + make_interval(secs => $4)
             FROM mine WHERE m.tenant_id = mine.tenant_id AND m.message_id = mine.message_id
             RETURNING m.tenant_id, m.message_id, m.tries, m.channel
         ),
         tried AS (
             INSERT INTO attempts (tenant_id, message_id, number, start_time, succeeded, error, channel)
             SELECT tenant_id, message_id, tries, $3, false, '', channel FROM claimed
         )
         SELECT tenant_id, message_id FROM claimed",
    )
    .bind(&tenants)
    .bind(&messages)
    .bind(now)
    .bind(f64::from(lease_seconds))
    .fetch_all(tx.conn())
    .await?)
}
