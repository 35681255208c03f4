//! Puts what is due into Redis, and again what Redis may have forgotten.
//!
//! PostgreSQL is the truth: a message is in Redis only on trust, for [`TRUST_SECONDS`]. When it has not been claimed by
//! then, it is put there again. A second entry does no harm, since only the claim in PostgreSQL decides.

use std::time::Duration;

use chassis::{Result, service::RedisAccess};
use redis::{
    aio::MultiplexedConnection,
    streams::{StreamId, StreamRangeReply},
};
use uuid::Uuid;

use super::Shop;
use crate::{
    domain::message::MessageId,
    store::queue::{self, Ticket},
};

const LOOK: i64 = 500;
/// Between two looks when nobody says that there is something new.
const EVERY: Duration = Duration::from_millis(250);
const TRUST_SECONDS: i64 = 15;
/// So long a transaction that forgets somebody waits for the queue.
const PATIENCE: Duration = Duration::from_secs(10);
/// The queue holds ids alone; so many never harm, and a worker that is away for long loses none that the sweep has not.
const MAX_LEN: usize = 1_000_000;

/// The stream of the one channel there is.
pub fn stream(shop: &Shop) -> String {
    key(&shop.house.redis)
}

fn key(redis: &RedisAccess) -> String {
    redis.key("usher:{outreach.email}")
}

/// Takes messages out of the queue that are to be forgotten, those that a worker has read and not finished among them.
/// Says how many there were. It waits for Redis no longer than a transaction may.
pub async fn forget(redis: &RedisAccess, messages: &[MessageId]) -> Result<u64> {
    if messages.is_empty() {
        return Ok(0);
    }
    let forgetting = tokio::time::timeout(PATIENCE, forget_now(redis, messages)).await;
    forgetting.map_err(|_| chassis::Error::unavailable("REDIS_UNAVAILABLE", "Redis does not answer"))?
}

async fn forget_now(redis: &RedisAccess, messages: &[MessageId]) -> Result<u64> {
    const PAGE: usize = 1_000;
    let mut connection = redis.client.get_multiplexed_async_connection().await.map_err(|error| away(&error))?;
    let key = key(redis);
    let is_meant = |entry: &StreamId| {
        let id = entry.get::<Vec<u8>>("m").and_then(|bytes| Uuid::from_slice(&bytes).ok());
        id.is_some_and(|id| messages.contains(&MessageId(id)))
    };
    let mut after = "-".to_owned();
    let mut gone = 0;
    loop {
        let mut range = redis::cmd("XRANGE");
        range.arg(&key).arg(&after).arg("+").arg("COUNT").arg(PAGE);
        let page: StreamRangeReply = range.query_async(&mut connection).await.map_err(|error| away(&error))?;
        let Some(last) = page.ids.last() else { return Ok(gone) };
        after = format!("({}", last.id);
        let ids: Vec<&str> = page.ids.iter().filter(|entry| is_meant(entry)).map(|entry| entry.id.as_str()).collect();
        if !ids.is_empty() {
            let mut delete = redis::cmd("XDEL");
            let count: u64 =
                delete.arg(&key).arg(&ids).query_async(&mut connection).await.map_err(|error| away(&error))?;
            gone += count;
        }
    }
}

/// Enqueues until stopped.
pub async fn run(shop: Shop) {
    let mut connection = None;
    let mut rounds = shop.house.clock.rounds(EVERY);
    loop {
        match look(&shop, &mut connection).await {
            Ok(count) if count > 0 => continue,
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "due messages could not be enqueued; the next look will");
                connection = None;
            }
        }
        tokio::select! {
            () = shop.queued.notified() => {}
            () = rounds.next() => {}
            () = shop.house.stop.cancelled() => return,
        }
    }
}

async fn look(shop: &Shop, connection: &mut Option<MultiplexedConnection>) -> Result<usize> {
    let redis = match connection {
        Some(redis) => redis,
        None => {
            let fresh = shop.house.redis.client.get_multiplexed_async_connection().await;
            connection.insert(fresh.map_err(|error| away(&error))?)
        }
    };
    let mut tx = shop.db.begin_system().await?;
    queue::take_over(&mut tx).await?;
    let tickets = queue::to_enqueue(&mut tx, LOOK, TRUST_SECONDS).await?;
    // First the mark and then Redis: a worker that is told of a row that is still locked here would pass it by.
    tx.commit().await?;
    if let Err(error) = add(shop, redis, &tickets).await {
        let mut tx = shop.db.begin_system().await?;
        queue::trust_no_more(&mut tx, &tickets).await?;
        tx.commit().await?;
        return Err(error);
    }
    Ok(tickets.len())
}

async fn add(shop: &Shop, redis: &mut MultiplexedConnection, tickets: &[Ticket]) -> Result<()> {
    if tickets.is_empty() {
        return Ok(());
    }
    let mut pipeline = redis::pipe();
    let key = stream(shop);
    for ticket in tickets {
        pipeline
            .cmd("XADD")
            .arg(&key)
            .arg("MAXLEN")
            .arg("~")
            .arg(MAX_LEN)
            .arg("*")
            .arg("t")
            .arg(ticket.tenant_id.0.as_bytes().as_slice())
            .arg("m")
            .arg(ticket.message_id.0.as_bytes().as_slice())
            .ignore();
    }
    pipeline.query_async::<()>(redis).await.map_err(|error| away(&error))
}

/// Redis is away for the moment.
pub fn away(error: &redis::RedisError) -> chassis::Error {
    tracing::debug!(kind = ?error.kind(), "Redis is out of reach");
    chassis::Error::unavailable("REDIS_UNAVAILABLE", "Redis is out of reach for the moment")
}
