//! A shard's stream in Redis.
//!
//! An entry's id is the event's position (`17-0`) and its one field is the encoded event. So sending an event twice is
//! refused by Redis, and a cursor kept in PostgreSQL is also the place in the stream.
//!
//! Each stream is read over a connection of its own, since a blocking read keeps a connection busy and the streams of
//! several shards live on several nodes of a Redis Cluster, where one command can not read them together.

use std::time::Duration;

use chassis::{Error, Result, service::RedisAccess};
use prost::Message as _;
use redis::{
    AsyncConnectionConfig, Cmd,
    aio::MultiplexedConnection,
    streams::{StreamId, StreamRangeReply, StreamReadReply},
};
use usher_proto::eventlog::v1::Event;

const FIELD: &str = "e";
/// How long Redis may take to answer beyond the time that a read blocks.
const PATIENCE: Duration = Duration::from_secs(2);

/// The key. Its braces keep a shard on one node of a Redis Cluster.
pub(crate) fn key(redis: &RedisAccess, source: &str, shard: u16) -> String {
    redis.key(&format!("usher:{{{source}.{shard}}}"))
}

/// Adds an event; about `max_len` are kept.
pub(crate) fn add(key: &str, event: &Event, max_len: usize) -> Cmd {
    let mut add = redis::cmd("XADD");
    add.arg(key).arg("MAXLEN").arg("~").arg(max_len).arg(format!("{}-0", event.position));
    add.arg(FIELD).arg(event.encode_to_vec());
    add
}

/// The last entry; an event without an id when somebody else wrote it.
pub(crate) async fn last(connection: &mut MultiplexedConnection, key: &str) -> Result<Option<Event>> {
    let mut last = redis::cmd("XREVRANGE");
    last.arg(key).arg("+").arg("-").arg("COUNT").arg(1);
    let found: StreamRangeReply = last.query_async(connection).await.map_err(|error| away(&error))?;
    Ok(found.ids.first().map(|entry| decode(entry).unwrap_or_default()))
}

/// The event of an entry; `None` when somebody else wrote it.
pub(crate) fn decode(entry: &StreamId) -> Option<Event> {
    let bytes: Vec<u8> = entry.get(FIELD)?;
    Event::decode(bytes.as_slice()).ok()
}

/// Reads one stream.
pub(crate) struct Reader {
    redis: RedisAccess,
    key: String,
    connection: Option<MultiplexedConnection>,
}

impl Reader {
    pub(crate) fn new(redis: RedisAccess, source: &str, shard: u16) -> Self {
        Self { key: key(&redis, source, shard), redis, connection: None }
    }

    /// What comes after a position; waits for it up to `block`, then answers nothing.
    pub(crate) async fn after(&mut self, position: i64, count: usize, block: Duration) -> Result<Vec<Event>> {
        // Taken out, so that a failure, or a caller that does not wait for the answer, leaves none behind.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let mut read = redis::cmd("XREAD");
        // Redis takes 0 for "for ever".
        read.arg("COUNT").arg(count).arg("BLOCK").arg(block.as_millis().max(1).to_string());
        read.arg("STREAMS").arg(&self.key).arg(format!("{position}-0"));
        let reply: Option<StreamReadReply> = tokio::time::timeout(block + PATIENCE, read.query_async(&mut connection))
            .await
            .map_err(|_| silent())?
            .map_err(|error| away(&error))?;
        self.connection = Some(connection);
        let entries = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|stream| stream.ids);
        Ok(entries.filter_map(|entry| decode(&entry)).collect())
    }

    async fn connect(&self) -> Result<MultiplexedConnection> {
        // A blocking read takes longer than the client's usual patience with an answer.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connecting = self.redis.client.get_multiplexed_async_connection_with_config(&config);
        tokio::time::timeout(PATIENCE, connecting).await.map_err(|_| silent())?.map_err(|error| away(&error))
    }
}

pub(crate) fn silent() -> Error {
    Error::unavailable("REDIS_UNAVAILABLE", "Redis does not answer")
}

/// Redis' own words may quote data, so only their kind is passed on.
pub(crate) fn away(error: &redis::RedisError) -> Error {
    Error::unavailable("REDIS_UNAVAILABLE", format!("Redis is out of reach: {:?}", error.kind()))
}
