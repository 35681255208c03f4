//! The streams in Redis.
//!
//! An entry's id is the event's position, so that sending one twice is refused by Redis and harmless, and a follower's
//! cursor in PostgreSQL is its place in the stream. When Redis was away, was flushed, or holds entries of another life
//! (a database restored from an older state gives old positions to new events), the relay compares the stream's last
//! entry with the log and makes them agree again. Numbering never waits for it.

use std::collections::BTreeMap;

use chassis::{Db, Result, service::RedisAccess};
use prost::Message as _;
use redis::aio::MultiplexedConnection;
use usher_proto::eventlog::v1::Event;

use crate::{LocalLog, Log as _, Settings, out_of_reach, stream_key};

/// The entry's one field.
pub(crate) const FIELD: &str = "e";

/// Carries numbered events to Redis.
pub(crate) struct Relay {
    log: LocalLog,
    source: &'static str,
    redis: RedisAccess,
    shards: u16,
    max_len: usize,
    // None while the streams may disagree with the log.
    connection: Option<MultiplexedConnection>,
}

impl Relay {
    pub(crate) fn new(db: &Db, redis: &RedisAccess, settings: &Settings) -> Self {
        Self {
            log: LocalLog::new(vec![db.clone()]),
            source: db.schema(),
            redis: redis.clone(),
            shards: settings.shards,
            max_len: settings.stream_max_len,
            connection: None,
        }
    }

    /// Carries what was numbered. What can not be carried now is carried by a later call.
    pub(crate) async fn carry(&mut self, events: Vec<Event>) {
        let carried = match self.connection.take() {
            Some(connection) if events.is_empty() => {
                self.connection = Some(connection);
                return;
            }
            Some(mut connection) => self.add(&mut connection, &events).await.map(|()| connection),
            None => self.agree().await,
        };
        match carried {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => tracing::debug!(source = self.source, %error, "not relayed yet"),
        }
    }

    async fn add(&self, connection: &mut MultiplexedConnection, events: &[Event]) -> Result<()> {
        let mut by_shard: BTreeMap<u32, redis::Pipeline> = BTreeMap::new();
        for event in events {
            let key = stream_key(&self.redis, self.source, u16::try_from(event.shard).unwrap_or_default());
            by_shard
                .entry(event.shard)
                .or_default()
                .cmd("XADD")
                .arg(key)
                .arg("MAXLEN")
                .arg("~")
                .arg(self.max_len)
                .arg(format!("{}-0", event.position))
                .arg(FIELD)
                .arg(event.encode_to_vec())
                .ignore();
        }
        for pipeline in by_shard.values() {
            pipeline.query_async::<()>(connection).await.map_err(|error| out_of_reach(&error))?;
        }
        Ok(())
    }

    /// Makes the streams agree with the log.
    async fn agree(&self) -> Result<MultiplexedConnection> {
        let mut connection =
            self.redis.client.get_multiplexed_async_connection().await.map_err(|error| out_of_reach(&error))?;
        for shard in 0..self.shards {
            self.agree_on(&mut connection, shard).await?;
        }
        Ok(connection)
    }

    async fn agree_on(&self, connection: &mut MultiplexedConnection, shard: u16) -> Result<()> {
        let key = stream_key(&self.redis, self.source, shard);
        let head = self.log.head(self.source, shard).await?;
        let last = last_entry(connection, &key).await?;
        let mut after = match last {
            None => head,
            Some(last) => {
                let same = last.position <= head
                    && self.log.id_at(self.source, shard, last.position).await?.as_deref() == Some(last.id.as_str());
                if same {
                    last.position
                } else {
                    tracing::error!(
                        source = self.source,
                        shard,
                        "the stream holds events of another life of this database; it is dropped, and consumers that \
                         have applied them will halt"
                    );
                    redis::cmd("DEL")
                        .arg(&key)
                        .query_async::<()>(connection)
                        .await
                        .map_err(|error| out_of_reach(&error))?;
                    head
                }
            }
        };
        // More than a stream holds need not pass through it; followers read the rest from the log.
        after = after.max(head.saturating_sub(i64::try_from(self.max_len).unwrap_or(i64::MAX)));
        while after < head {
            let events = self.log.read(self.source, shard.into(), after, 1_000).await?.events;
            let Some(last) = events.last() else { break };
            after = last.position;
            self.add(connection, &events).await?;
        }
        Ok(())
    }
}

async fn last_entry(connection: &mut MultiplexedConnection, key: &str) -> Result<Option<Event>> {
    let found: redis::streams::StreamRangeReply = redis::cmd("XREVRANGE")
        .arg(key)
        .arg("+")
        .arg("-")
        .arg("COUNT")
        .arg(1)
        .query_async(connection)
        .await
        .map_err(|error| out_of_reach(&error))?;
    Ok(found.ids.into_iter().next().and_then(|entry| decode(&entry)))
}

/// The event of an entry; `None` when somebody else wrote it.
pub(crate) fn decode(entry: &redis::streams::StreamId) -> Option<Event> {
    let bytes: Vec<u8> = entry.get(FIELD)?;
    Event::decode(bytes.as_slice()).ok()
}
