//! The table `open_messages` as far as workers are concerned: who has which message, and for how long. Leases are by the
//! database's clock; see the migration.

use chassis::{Result, SystemTx, TenantId};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    messages,
    queue::{Ticket, columns},
};
use crate::domain::message::Message;

/// A message that a worker has: nobody else sends it while the lease holds.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub tenant: TenantId,
    pub message: Message,
    /// The try's number.
    pub number: i32,
    /// When the try began.
    pub begin: DateTime<Utc>,
}

/// Whoever takes over what was lost has so long to do it.
const TAKE_OVER_SECONDS: f64 = 30.0;

/// What workers have had for too long: they have died, or their answer was lost. Nobody else takes these over meanwhile.
pub async fn lost(tx: &mut SystemTx, limit: i64) -> Result<Vec<Claimed>> {
    let rows: Vec<ClaimRow> = sqlx::query_as(
        "WITH lost AS (
             SELECT tenant_id, message_id FROM open_messages
             WHERE step = 3 AND claimed AND lease_until < now() LIMIT $1 FOR UPDATE SKIP LOCKED
         ),
         taken AS (
             UPDATE open_messages o SET lease_until = now() + make_interval(secs => $2)
             FROM lost WHERE o.tenant_id = lost.tenant_id AND o.message_id = lost.message_id
             RETURNING o.*
         )
         SELECT m.*, o.priority, o.tries AS open_tries, o.next_time AS open_time, o.claimed,
                coalesce(o.claim_time, m.create_time) AS claim_time
         FROM taken o JOIN messages m ON m.tenant_id = o.tenant_id AND m.message_id = o.message_id",
    )
    .bind(limit)
    .bind(TAKE_OVER_SECONDS)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(ClaimRow::claimed).collect()
}

#[derive(FromRow)]
struct ClaimRow {
    tenant_id: TenantId,
    claim_time: DateTime<Utc>,
    #[sqlx(flatten)]
    message: messages::Row,
}

impl ClaimRow {
    fn claimed(self) -> Result<Claimed> {
        let message = self.message.message()?;
        Ok(Claimed { tenant: self.tenant_id, number: message.tries, message, begin: self.claim_time })
    }
}

/// Claims those that are still to be sent, for `lease_seconds`, and reads them; each claim is a try.
pub async fn claim(tx: &mut SystemTx, tickets: &[Ticket], lease_seconds: f64) -> Result<Vec<Claimed>> {
    let (tenants, messages) = columns(tickets);
    let now = tx.now();
    let rows: Vec<ClaimRow> = sqlx::query_as(
        "WITH asked AS (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS asked (tenant_id, message_id)),
         free AS (
             SELECT o.tenant_id, o.message_id FROM open_messages o JOIN asked USING (tenant_id, message_id)
             -- What Redis was told of is due, by whatever clock.
             WHERE (o.step = 3 OR o.step = 2 AND o.next_time <= $3) AND NOT o.claimed
             ORDER BY o.tenant_id, o.message_id FOR UPDATE OF o SKIP LOCKED
         ),
         claimed AS (
             UPDATE open_messages o SET step = 3, claimed = true, claim_time = $3, tries = o.tries + 1,
                    lease_until = now() + make_interval(secs => $4)
             FROM free WHERE o.tenant_id = free.tenant_id AND o.message_id = free.message_id
             RETURNING o.tenant_id, o.message_id, o.priority, o.tries, o.next_time, o.claimed
         )
         SELECT m.*, c.priority, c.tries AS open_tries, c.next_time AS open_time, c.claimed, $3 AS claim_time
         FROM claimed c JOIN messages m ON m.tenant_id = c.tenant_id AND m.message_id = c.message_id",
    )
    .bind(&tenants)
    .bind(&messages)
    .bind(now)
    .bind(lease_seconds)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(ClaimRow::claimed).collect()
}

/// Puts off what nobody has claimed, each until its time, without a try.
pub async fn put_off(tx: &mut SystemTx, tickets: &[(Ticket, DateTime<Utc>)]) -> Result<()> {
    let (tenants, messages) = columns(&tickets.iter().map(|(ticket, _)| *ticket).collect::<Vec<_>>());
    sqlx::query(
        "UPDATE open_messages o SET step = 2, next_time = said.next_time
         FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS said (tenant_id, message_id, next_time)
         WHERE o.tenant_id = said.tenant_id AND o.message_id = said.message_id AND o.step IN (2, 3) AND NOT o.claimed
           AND o.next_time <= said.next_time",
    )
    .bind(&tenants)
    .bind(&messages)
    .bind(tickets.iter().map(|(_, time)| *time).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A claim that was not used: as if it had not been made.
#[derive(Debug, Clone, Copy)]
pub struct Released {
    pub ticket: Ticket,
    pub number: i32,
    pub next_time: DateTime<Utc>,
}

/// Gives back what was claimed and not tried. Each waits here again, until its time.
pub async fn release(tx: &mut SystemTx, released: &[Released]) -> Result<()> {
    let (tenants, messages) = columns(&released.iter().map(|released| released.ticket).collect::<Vec<_>>());
    sqlx::query(
        "UPDATE open_messages o SET step = 2, claimed = false, tries = o.tries - 1,
             next_time = greatest(o.next_time, said.next_time)
         FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[]) AS said (tenant_id, message_id, number, next_time)
         WHERE o.tenant_id = said.tenant_id AND o.message_id = said.message_id AND o.claimed AND o.tries = said.number",
    )
    .bind(&tenants)
    .bind(&messages)
    .bind(released.iter().map(|released| released.number).collect::<Vec<_>>())
    .bind(released.iter().map(|released| released.next_time).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
