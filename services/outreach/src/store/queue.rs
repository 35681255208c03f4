//! The table `open_messages`: what somebody still has to work on, across tenants.
//!
//! Steps: 1 to be prepared, 2 waits here, 3 out: in Redis, or in a worker's hand. What is out is left alone until its lease
//! ends. Leases are by the database's clock; see the migration.

use std::collections::HashSet;

use chassis::{Result, SystemTx, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::MessageState;

use crate::domain::{
    backoff::TRIES,
    channel::ChannelId,
    message::{CHANNELS, Message, MessageId},
    priority::Priority,
};

/// So long Redis is trusted to hold what it was told. A second entry does no harm.
pub const TRUST_SECONDS: f64 = 30.0;
/// Whoever has said nothing for so long about what it wanted to prepare has died.
const PREPARE_SECONDS: f64 = 30.0;

const TO_PREPARE: i16 = 1;
const WAITS: i16 = 2;
const OUT: i16 = 3;

/// A message of some tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
#[expect(clippy::struct_field_names, reason = "as the columns are named")]
pub struct Ticket {
    pub tenant_id: TenantId,
    pub message_id: MessageId,
    /// By which of the tenant's channels it goes; `None` for the installation's own.
    pub channel_id: Option<ChannelId>,
}

impl Ticket {
    pub fn of(tenant: TenantId, message: &Message) -> Self {
        Self { tenant_id: tenant, message_id: message.id, channel_id: message.channel_id }
    }
}

/// A ticket and the lane it goes by.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Told {
    #[sqlx(flatten)]
    pub ticket: Ticket,
    pub channel: String,
    pub priority: i16,
}

/// Tickets as columns.
pub(super) fn columns(tickets: &[Ticket]) -> (Vec<TenantId>, Vec<MessageId>) {
    tickets.iter().map(|ticket| (ticket.tenant_id, ticket.message_id)).unzip()
}

/// What messages say about their place here, as columns.
pub(super) struct Columns<'all> {
    pub ids: Vec<MessageId>,
    pub steps: Vec<i16>,
    pub channels: Vec<&'all str>,
    pub priorities: Vec<i16>,
    pub times: Vec<DateTime<Utc>>,
}

impl<'all> Columns<'all> {
    pub fn of(messages: &'all [Message], told: &HashSet<MessageId>) -> Self {
        let step = |message: &Message| match message.state {
            MessageState::Accepted => TO_PREPARE,
            _ if told.contains(&message.id) => OUT,
            _ => WAITS,
        };
        Self {
            ids: messages.iter().map(|message| message.id).collect(),
            steps: messages.iter().map(step).collect(),
            channels: messages.iter().map(|message| message.channel.as_str()).collect(),
            priorities: messages.iter().map(|message| message.priority.number()).collect(),
            times: messages.iter().map(|message| message.next_time).collect(),
        }
    }
}

/// Puts messages where their state wants them: those that wait wait here, unclaimed; those that have ended are gone.
pub(super) async fn place(tx: &mut TenantTx, messages: &[Message]) -> Result<()> {
    let is_open = |message: &&Message| {
        matches!(message.state, MessageState::Accepted | MessageState::Queued | MessageState::Sending)
    };
    let (open, ended): (Vec<&Message>, Vec<&Message>) = messages.iter().partition(is_open);
    if !ended.is_empty() {
        remove(tx, &ended.iter().map(|message| message.id).collect::<Vec<_>>()).await?;
    }
    if open.is_empty() {
        return Ok(());
    }
    let open: Vec<Message> = open.into_iter().cloned().collect();
    let column = Columns::of(&open, &HashSet::new());
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO open_messages AS o (tenant_id, message_id, step, channel, priority, next_time, tries, tries_allowed)
         SELECT $1, * FROM unnest($2::uuid[], $3::smallint[], $4::text[], $5::smallint[], $6::timestamptz[], $7::int[],
                                  $8::int[])
         ON CONFLICT (tenant_id, message_id) DO UPDATE SET step = excluded.step, channel = excluded.channel,
             next_time = excluded.next_time, tries = excluded.tries, claimed = false, lease_until = now(),
             tries_allowed = greatest(o.tries_allowed, excluded.tries_allowed)",
    )
    .bind(tenant)
    .bind(&column.ids)
    .bind(&column.steps)
    .bind(&column.channels)
    .bind(&column.priorities)
    .bind(&column.times)
    .bind(open.iter().map(|message| message.tries).collect::<Vec<_>>())
    // Each channel has its own.
    .bind(open.iter().map(|message| message.tries_before + TRIES).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Nobody has to work on these any more.
pub(super) async fn remove(tx: &mut TenantTx, ids: &[MessageId]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM open_messages WHERE tenant_id = $1 AND message_id = ANY ($2)")
        .bind(tenant)
        .bind(ids)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What is to be prepared now, the urgent first. Nobody else gets it for a while.
pub async fn to_prepare(tx: &mut SystemTx, limit: i64) -> Result<Vec<Ticket>> {
    let now = tx.now();
    let (channels, priorities) = lanes();
    Ok(sqlx::query_as(
        "WITH due AS (
             SELECT found.* FROM unnest($2::text[], $3::smallint[]) AS lane (channel, priority)
             CROSS JOIN LATERAL (
                 SELECT tenant_id, message_id FROM open_messages o
                 WHERE o.step = 1 AND o.channel = lane.channel AND o.priority = lane.priority AND o.next_time <= $1
                   AND o.lease_until <= now()
                 ORDER BY o.next_time LIMIT $4 FOR UPDATE SKIP LOCKED
             ) found
             LIMIT $4
         )
         UPDATE open_messages o SET lease_until = now() + make_interval(secs => $5)
         FROM due WHERE o.tenant_id = due.tenant_id AND o.message_id = due.message_id
         RETURNING o.tenant_id, o.message_id, NULL::uuid AS channel_id",
    )
    .bind(now)
    .bind(channels)
    .bind(priorities)
    .bind(limit)
    .bind(PREPARE_SECONDS)
    .fetch_all(tx.conn())
    .await?)
}

/// Every lane as columns, the urgent first.
fn lanes() -> (Vec<&'static str>, Vec<i16>) {
    Priority::ALL.iter().flat_map(|priority| CHANNELS.iter().map(|channel| (*channel, priority.number()))).unzip()
}

/// What is due and waits here, so many of each lane as it has room for, the first due first; marks it as out.
pub async fn to_tell(tx: &mut SystemTx, rooms: &[(&str, i16, i64)]) -> Result<Vec<Told>> {
    let now = tx.now();
    Ok(sqlx::query_as(
        "WITH due AS (
             SELECT found.* FROM unnest($2::text[], $3::smallint[], $4::bigint[]) AS lane (channel, priority, room)
             CROSS JOIN LATERAL (
                 SELECT tenant_id, message_id FROM open_messages o
                 WHERE o.step = 2 AND o.channel = lane.channel AND o.priority = lane.priority AND o.next_time <= $1
                 ORDER BY o.next_time LIMIT lane.room FOR UPDATE SKIP LOCKED
             ) found
         )
         UPDATE open_messages o SET step = 3, lease_until = now() + make_interval(secs => $5)
         FROM due WHERE o.tenant_id = due.tenant_id AND o.message_id = due.message_id
         RETURNING o.tenant_id, o.message_id, o.channel, o.priority,
                   (SELECT m.channel_id FROM messages m WHERE m.tenant_id = o.tenant_id AND m.message_id = o.message_id)",
    )
    .bind(now)
    .bind(rooms.iter().map(|room| room.0).collect::<Vec<_>>())
    .bind(rooms.iter().map(|room| room.1).collect::<Vec<_>>())
    .bind(rooms.iter().map(|room| room.2).collect::<Vec<_>>())
    .bind(TRUST_SECONDS)
    .fetch_all(tx.conn())
    .await?)
}

/// When the first of those that wait here is due: a look at the edge of the index for each lane.
pub async fn next_due(tx: &mut SystemTx) -> Result<Option<DateTime<Utc>>> {
    let (channels, priorities) = lanes();
    Ok(sqlx::query_scalar(
        "SELECT min(found.next_time) FROM unnest($1::text[], $2::smallint[]) AS lane (channel, priority)
         CROSS JOIN LATERAL (
             SELECT next_time FROM open_messages o
             WHERE o.step = 2 AND o.channel = lane.channel AND o.priority = lane.priority ORDER BY o.next_time LIMIT 1
         ) found",
    )
    .bind(channels)
    .bind(priorities)
    .fetch_one(tx.conn())
    .await?)
}

/// Redis did not get these, or has forgotten them: they wait here again.
pub async fn trust_no_more(tx: &mut SystemTx, tickets: &[Ticket]) -> Result<()> {
    let (tenants, messages) = columns(tickets);
    sqlx::query(
        "UPDATE open_messages o SET step = 2 FROM unnest($1::uuid[], $2::uuid[]) AS asked (tenant_id, message_id)
         WHERE o.tenant_id = asked.tenant_id AND o.message_id = asked.message_id AND o.step = 3 AND NOT o.claimed",
    )
    .bind(&tenants)
    .bind(&messages)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Redis has forgotten a channel's streams: whatever it was told of waits here again.
pub async fn distrust(tx: &mut SystemTx, channel: &str) -> Result<u64> {
    let done = sqlx::query("UPDATE open_messages SET step = 2 WHERE step = 3 AND channel = $1 AND NOT claimed")
        .bind(channel)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

/// What Redis was told long ago and no worker has taken waits here again.
pub async fn distrust_old(tx: &mut SystemTx) -> Result<u64> {
    let done = sqlx::query("UPDATE open_messages SET step = 2 WHERE step = 3 AND NOT claimed AND lease_until < now()")
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}
