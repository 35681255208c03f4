//! The streams in Redis by which workers are told what there is to send: one for each channel and priority.
//!
//! An entry is a ticket, two ids. It promises nothing: only the claim in PostgreSQL decides who sends, a ticket that is
//! there twice or stands for nothing does no harm, and one that is lost is written again. So tickets are read without
//! Redis keeping a list of who has read them, and are dropped when they have been claimed.

use std::time::Duration;

use chassis::{Result, TenantId, service::RedisAccess};
use redis::{
    Pipeline,
    aio::MultiplexedConnection,
    streams::{StreamId, StreamRangeReply, StreamReadReply},
};
use uuid::Uuid;

use crate::{
    domain::{
        message::{CHANNELS, MessageId},
        priority::Priority,
    },
    store::queue::{Ticket, Told},
};

const GROUP: &str = "workers";
/// How long a worker waits for something to do before it looks whether it should stop.
const BLOCK: Duration = Duration::from_millis(1_000);
/// Tickets in one lane at most; more wait in PostgreSQL, in order.
pub const ROOM: usize = 2_000;
/// A ticket that is older stands for something that was told again: twice the time for which Redis is trusted.
const USELESS: Duration = Duration::from_secs(60);
/// So long a transaction that forgets somebody waits for the queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// A lane's stream. Those of one channel are in one slot of a cluster, so that they can be read together.
fn key(redis: &RedisAccess, channel: &str, priority: Priority) -> String {
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
        pipeline
            .cmd("XADD")
            .arg(key(access, &told.channel, Priority::known(told.priority)))
            .arg("*")
            .arg("t")
            .arg(told.ticket.tenant_id.0.as_bytes().as_slice())
            .arg("m")
            .arg(told.ticket.message_id.0.as_bytes().as_slice())
            .ignore();
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

/// One reader of a channel's lanes.
#[derive(Debug)]
pub struct Reader {
    redis: MultiplexedConnection,
    /// The lanes of the channel, the urgent first.
    keys: Vec<String>,
    /// How many of ten places each lane has.
    places: Vec<usize>,
    name: String,
    /// What was read and is done with, by lane.
    done: Vec<Vec<String>>,
    /// The connection's number at Redis.
    number: i64,
}

/// Ends a reader's waiting.
#[derive(Debug, Clone, Copy)]
pub struct Waker(i64);

impl Waker {
    /// Ends it now; where Redis does not do so, it ends by itself within a second.
    pub async fn wake(self, access: &RedisAccess) {
        if let Ok(mut redis) = access.client.get_multiplexed_async_connection().await {
            let mut unblock = redis::cmd("CLIENT");
            let _ = unblock.arg("UNBLOCK").arg(self.0).query_async::<i64>(&mut redis).await;
        }
    }
}

/// What a reader was told.
#[derive(Debug, Default)]
pub struct Read {
    pub tickets: Vec<Ticket>,
    /// Redis has forgotten the channel, and with it whatever else it was told.
    pub forgotten: bool,
}

impl Reader {
    /// Connects.
    pub async fn open(access: &RedisAccess, channel: &str) -> Result<Self> {
        // A blocking read takes longer than the client's usual patience with an answer.
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
        let client = &access.client;
        let mut redis =
            client.get_multiplexed_async_connection_with_config(&config).await.map_err(|error| away(&error))?;
        let number = redis::cmd("CLIENT").arg("ID").query_async(&mut redis).await.map_err(|error| away(&error))?;
        let keys: Vec<String> = Priority::ALL.map(|priority| key(access, channel, priority)).into();
        let places = Priority::ALL.map(Priority::places_of_ten).into();
        let done = vec![Vec::new(); keys.len()];
        Ok(Self { redis, keys, places, name: Uuid::now_v7().to_string(), done, number })
    }

    /// By which its waiting can be ended.
    pub fn waker(&self) -> Waker {
        Waker(self.number)
    }

    /// Reads about `free` tickets, at least one of each lane that has some; waits for some a while when there are none. Each lane has its share first, see
    /// [`Priority::places_of_ten`], and what is left goes to the lanes in their order.
    ///
    /// Not to be given up in the middle: what was read would be told again only after a while.
    pub async fn read(&mut self, free: usize) -> Result<Read> {
        let shares: Vec<usize> = self.places.iter().map(|places| (free * places / 10).max(1)).collect();
        let Some(lanes) = self.peek(&shares).await? else { return self.begin_anew().await };
        let mut tickets: Vec<Ticket> = Vec::new();
        for (place, lane) in lanes.iter().enumerate() {
            self.take(place, lane, &mut tickets);
        }
        for place in 0..self.keys.len() {
            let left = free.saturating_sub(tickets.len());
            if left > 0 && lanes[place].len() == shares[place] {
                let mut command = self.command(left);
                command.arg("STREAMS").arg(&self.keys[place]).arg(">");
                let reply: Option<StreamReadReply> =
                    command.query_async(&mut self.redis).await.map_err(|error| away(&error))?;
                self.take(place, &entries(reply), &mut tickets);
            }
        }
        if tickets.is_empty() { self.wait(free).await } else { Ok(Read { tickets, forgotten: false }) }
    }

    /// What each lane has, and in the same round trip drops what is done with. `None` when Redis knows the group no more.
    async fn peek(&mut self, shares: &[usize]) -> Result<Option<Vec<Vec<StreamId>>>> {
        let mut pipeline = redis::pipe();
        self.drop_done(&mut pipeline);
        for (key, share) in self.keys.iter().zip(shares) {
            pipeline.add_command({
                let mut command = self.command(*share);
                command.arg("STREAMS").arg(key).arg(">");
                command
            });
        }
        let replies: redis::RedisResult<Vec<Option<StreamReadReply>>> = pipeline.query_async(&mut self.redis).await;
        match replies {
            Ok(replies) => Ok(Some(replies.into_iter().map(entries).collect())),
            Err(error) if is_forgotten(&error) => Ok(None),
            Err(error) => Err(away(&error)),
        }
    }

    async fn wait(&mut self, free: usize) -> Result<Read> {
        let mut command = self.command((free / self.keys.len()).max(1));
        command.arg("BLOCK").arg(BLOCK.as_millis().to_string()).arg("STREAMS").arg(&self.keys);
        for _ in &self.keys {
            command.arg(">");
        }
        let reply: redis::RedisResult<Option<StreamReadReply>> = command.query_async(&mut self.redis).await;
        let reply = match reply {
            Ok(reply) => reply,
            // A Redis that has forgotten everything has forgotten the group too.
            Err(error) if is_forgotten(&error) => return self.begin_anew().await,
            Err(error) => return Err(away(&error)),
        };
        let mut tickets = Vec::new();
        for stream in reply.map(|reply| reply.keys).unwrap_or_default() {
            if let Some(place) = self.keys.iter().position(|key| *key == stream.key) {
                self.take(place, &stream.ids, &mut tickets);
            }
        }
        Ok(Read { tickets, forgotten: false })
    }

    fn command(&self, count: usize) -> redis::Cmd {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.name).arg("COUNT").arg(count).arg("NOACK");
        command
    }

    fn take(&mut self, place: usize, lane: &[StreamId], tickets: &mut Vec<Ticket>) {
        self.done[place].extend(lane.iter().map(|entry| entry.id.clone()));
        tickets.extend(lane.iter().filter_map(ticket));
    }

    fn drop_done(&mut self, pipeline: &mut Pipeline) {
        for (key, done) in self.keys.iter().zip(&mut self.done) {
            if !done.is_empty() {
                pipeline.cmd("XDEL").arg(key).arg(std::mem::take(done)).ignore();
            }
        }
    }

    /// Makes the groups that are missing. Whoever makes one is the one who has noticed.
    async fn begin_anew(&mut self) -> Result<Read> {
        let mut forgotten = false;
        for key in &self.keys {
            let made: redis::RedisResult<()> = redis::cmd("XGROUP")
                .arg("CREATE")
                .arg(key)
                .arg(GROUP)
                .arg("0")
                .arg("MKSTREAM")
                .query_async(&mut self.redis)
                .await;
            match made {
                Ok(()) => forgotten = true,
                Err(error) if error.code() == Some("BUSYGROUP") => {}
                Err(error) => return Err(away(&error)),
            }
        }
        Ok(Read { tickets: Vec::new(), forgotten })
    }

    /// Says that it reads no more; its name need not stay behind.
    pub async fn close(mut self) {
        let mut pipeline = redis::pipe();
        self.drop_done(&mut pipeline);
        for key in &self.keys {
            pipeline.cmd("XGROUP").arg("DELCONSUMER").arg(key).arg(GROUP).arg(&self.name).ignore();
        }
        // Redis may be away; what is left is trimmed.
        let _ = pipeline.query_async::<()>(&mut self.redis).await;
    }
}

fn is_forgotten(error: &redis::RedisError) -> bool {
    error.code() == Some("NOGROUP") || error.to_string().contains("NOGROUP")
}

fn entries(reply: Option<StreamReadReply>) -> Vec<StreamId> {
    reply.map(|reply| reply.keys).unwrap_or_default().into_iter().flat_map(|stream| stream.ids).collect()
}

fn ticket(entry: &StreamId) -> Option<Ticket> {
    let id = |field: &str| entry.get::<Vec<u8>>(field).and_then(|bytes| Uuid::from_slice(&bytes).ok());
    Some(Ticket { tenant_id: TenantId(id("t")?), message_id: MessageId(id("m")?) })
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
