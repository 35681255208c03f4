//! The streams in Redis by which workers are told what there is to send: one for each channel and priority.
//!
//! An entry is a ticket: whose message, which one, and by which channel. It promises nothing: only the claim in PostgreSQL
//! decides who sends, a ticket that is there twice or stands for nothing does no harm, and one that is lost is written again.
//! So tickets are read without Redis keeping a list of who has read them, and are dropped when they have been claimed.

use std::time::Duration;

use chassis::{Result, TenantId, service::RedisAccess};
use redis::{
    aio::MultiplexedConnection,
    streams::{StreamId, StreamRangeReply},
};
use uuid::Uuid;

use crate::{
    domain::{
        channel::ChannelId,
        message::{CHANNELS, MessageId},
        priority::Priority,
    },
    store::queue::{Ticket, Told},
};

/// Tickets in one lane at most; more wait in PostgreSQL, in order.
pub const ROOM: usize = 2_000;
/// A ticket that is older stands for something that was told again: twice the time for which Redis is trusted.
const USELESS: Duration = Duration::from_secs(60);
/// So long a transaction that forgets somebody waits for the queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// A lane's stream. Those of one channel are in one slot of a cluster, so that they can be read together.
pub(super) fn key(redis: &RedisAccess, channel: &str, priority: Priority) -> String {
    redis.key(&format!("usher:{{outreach.{channel}}}.{}", priority.number()))
}

/// Redis is away for the moment.
pub fn away(error: &redis::RedisError) -> chassis::Error {
    tracing::debug!(kind = ?error.kind(), "Redis is out of reach");
    chassis::Error::unavailable("REDIS_UNAVAILABLE", "Redis is out of reach for the moment")
}

/// Tells the workers.
pub async fn tell(access: &RedisAccess, redis: &mut MultiplexedConnection, tickets: &[Told]) -> Result<()> {
    if tickets.is_empty() {
        return Ok(());
    }
    let mut pipeline = redis::pipe();
    for told in tickets {
        let Ticket { tenant_id, message_id, channel_id } = told.ticket;
        pipeline
            .cmd("XADD")
            .arg(key(access, &told.channel, Priority::known(told.priority)))
            .arg("*")
            .arg("t")
            .arg(tenant_id.0.as_bytes().as_slice())
            .arg("m")
            .arg(message_id.0.as_bytes().as_slice());
        if let Some(channel_id) = channel_id {
            pipeline.arg("c").arg(channel_id.0.as_bytes().as_slice());
        }
        pipeline.ignore();
    }
    pipeline.query_async::<()>(redis).await.map_err(|error| away(&error))
}

/// How many tickets each lane has, as (channel, priority, tickets).
pub async fn lengths(
    access: &RedisAccess,
    redis: &mut MultiplexedConnection,
) -> Result<Vec<(&'static str, Priority, usize)>> {
    let lanes: Vec<(&'static str, Priority)> =
        CHANNELS.iter().flat_map(|channel| Priority::ALL.map(|priority| (*channel, priority))).collect();
    let mut pipeline = redis::pipe();
    for (channel, priority) in &lanes {
        pipeline.cmd("XLEN").arg(key(access, channel, *priority));
    }
    let lengths: Vec<usize> = pipeline.query_async(redis).await.map_err(|error| away(&error))?;
    Ok(lanes.into_iter().zip(lengths).map(|((channel, priority), length)| (channel, priority, length)).collect())
}

/// Drops tickets that were read by somebody who has not said so, and has died.
pub async fn trim(access: &RedisAccess, redis: &mut MultiplexedConnection) -> Result<()> {
    let (seconds, _): (u64, u64) = redis::cmd("TIME").query_async(redis).await.map_err(|error| away(&error))?;
    let oldest = seconds.saturating_sub(USELESS.as_secs()) * 1_000;
    let mut pipeline = redis::pipe();
    for channel in CHANNELS {
        for priority in Priority::ALL {
            pipeline.cmd("XTRIM").arg(key(access, channel, priority)).arg("MINID").arg(oldest).ignore();
        }
    }
    pipeline.query_async::<()>(redis).await.map_err(|error| away(&error))
}

pub(super) fn ticket(entry: &StreamId) -> Option<Ticket> {
    let id = |field: &str| entry.get::<Vec<u8>>(field).and_then(|bytes| Uuid::from_slice(&bytes).ok());
    let channel_id = id("c").map(ChannelId);
    Some(Ticket { tenant_id: TenantId(id("t")?), message_id: MessageId(id("m")?), channel_id })
}

/// Takes messages out of the lanes that are to be forgotten. Says how many tickets there were. It waits for Redis no longer
/// than a transaction may.
pub async fn forget(redis: &RedisAccess, messages: &[MessageId]) -> Result<u64> {
    if messages.is_empty() {
        return Ok(0);
    }
    let forgetting = tokio::time::timeout(PATIENCE, forget_now(redis, messages)).await;
    forgetting.map_err(|_| chassis::Error::unavailable("REDIS_UNAVAILABLE", "Redis does not answer"))?
}

async fn forget_now(redis: &RedisAccess, messages: &[MessageId]) -> Result<u64> {
    let mut connection = redis.client.get_multiplexed_async_connection().await.map_err(|error| away(&error))?;
    let mut gone = 0;
    for channel in CHANNELS {
        for priority in Priority::ALL {
            gone += forget_in(&mut connection, &key(redis, channel, priority), messages).await?;
        }
    }
    Ok(gone)
}

async fn forget_in(redis: &mut MultiplexedConnection, key: &str, messages: &[MessageId]) -> Result<u64> {
    const PAGE: usize = 1_000;
    let is_meant = |entry: &StreamId| ticket(entry).is_some_and(|ticket| messages.contains(&ticket.message_id));
    let mut after = "-".to_owned();
    let mut gone = 0;
    loop {
        let mut range = redis::cmd("XRANGE");
        range.arg(key).arg(&after).arg("+").arg("COUNT").arg(PAGE);
        let page: StreamRangeReply = range.query_async(redis).await.map_err(|error| away(&error))?;
        let Some(last) = page.ids.last() else { return Ok(gone) };
        after = format!("({}", last.id);
        let ids: Vec<&str> = page.ids.iter().filter(|entry| is_meant(entry)).map(|entry| entry.id.as_str()).collect();
        if !ids.is_empty() {
            let mut delete = redis::cmd("XDEL");
            let count: u64 = delete.arg(key).arg(&ids).query_async(redis).await.map_err(|error| away(&error))?;
            gone += count;
        }
    }
}
