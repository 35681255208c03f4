//! Carrying numbered events to the streams.
//!
//! When Redis was away, was flushed, or holds entries of another life (a database restored from an older state gives old
//! positions to new events), the relay compares the stream's last entry with the log and makes them agree again: what
//! the stream lacks is read from the log, and a stream of another life is dropped. Its readers notice by themselves,
//! since each event names its predecessor. Numbering never waits for any of this.

use std::time::Duration;

use chassis::{Db, Result, service::RedisAccess};
use redis::aio::MultiplexedConnection;
use tokio::sync::mpsc;
use usher_proto::eventlog::v1::Event;

use crate::{LocalLog, Log as _, Settings, stream};

/// How soon an unreachable Redis is tried again.
const RETRY: Duration = Duration::from_millis(250);
/// How much of the log an empty stream is given, so that readers that are a little behind need not ask for it.
const REFILL: i64 = 1_000;

pub(crate) struct Relay {
    log: LocalLog,
    source: &'static str,
    redis: RedisAccess,
    shards: u16,
    max_len: usize,
    // None while the streams may disagree with the log.
    agreed: Option<Agreed>,
    failing: bool,
}

/// A connection over which the streams were brought into agreement, and where each of them ends.
struct Agreed {
    connection: MultiplexedConnection,
    ends: Vec<i64>,
}

impl Relay {
    pub(crate) fn new(db: &Db, redis: &RedisAccess, settings: &Settings) -> Self {
        Self {
            log: LocalLog::new(vec![db.clone()]),
            source: db.schema(),
            redis: redis.clone(),
            shards: settings.shards,
            max_len: settings.stream_max_len,
            agreed: None,
            failing: false,
        }
    }

    /// Carries what is numbered, for ever.
    pub(crate) async fn run(&mut self, numbered: &mut mpsc::UnboundedReceiver<Vec<Event>>) {
        self.carry(Vec::new()).await;
        loop {
            tokio::select! {
                events = numbered.recv() => match events {
                    Some(events) => self.carry(events).await,
                    None => return,
                },
                () = tokio::time::sleep(RETRY), if self.agreed.is_none() => self.carry(Vec::new()).await,
            }
        }
    }

    /// Carries what was numbered just now. What can not be carried is found in the log by a later call.
    pub(crate) async fn carry(&mut self, events: Vec<Event>) {
        // Taken out, so that a failure leaves none behind.
        let carried = match self.agreed.take() {
            Some(mut agreed) => self.add(&mut agreed, &events).await.map(|()| agreed),
            // They are in the log by now.
            None => self.agree().await,
        };
        match carried {
            Ok(agreed) => {
                self.agreed = Some(agreed);
                self.failing = false;
            }
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::warn!(source = self.source, %error, "events can not be relayed now; they will be");
            }
            Err(_) => {}
        }
    }

    /// Adds what the streams do not hold yet.
    async fn add(&self, agreed: &mut Agreed, events: &[Event]) -> Result<()> {
        let mut pipeline = redis::pipe();
        for event in events {
            let shard = u16::try_from(event.shard).unwrap_or_default();
            let Some(end) = agreed.ends.get_mut(usize::from(shard)).filter(|end| **end < event.position) else {
                continue;
            };
            *end = event.position;
            let key = stream::key(&self.redis, self.source, shard);
            pipeline.add_command(stream::add(&key, event, self.max_len)).ignore();
        }
        if pipeline.is_empty() {
            return Ok(());
        }
        pipeline.query_async::<()>(&mut agreed.connection).await.map_err(|error| stream::away(&error))
    }

    /// Makes the streams agree with the log.
    async fn agree(&self) -> Result<Agreed> {
        let connecting = self.redis.client.get_multiplexed_async_connection();
        let connection = connecting.await.map_err(|error| stream::away(&error))?;
        let mut agreed = Agreed { connection, ends: vec![0; usize::from(self.shards)] };
        for shard in 0..self.shards {
            self.agree_on(&mut agreed, shard).await?;
        }
        Ok(agreed)
    }

    async fn agree_on(&self, agreed: &mut Agreed, shard: u16) -> Result<()> {
        let key = stream::key(&self.redis, self.source, shard);
        let last = stream::last(&mut agreed.connection, &key).await?;
        // After the look at the stream, so that it holds whatever another leader may have carried.
        let head = self.log.head(self.source, shard).await?;
        let known = match &last {
            Some(last) => self.log.id_at(self.source, shard, last.position).await?.is_some_and(|id| id == last.id),
            None => false,
        };
        let mut after = match last {
            Some(last) if known => last.position.max(head - i64::try_from(self.max_len).unwrap_or(i64::MAX)),
            other => {
                if other.is_some() {
                    tracing::error!(
                        source = self.source,
                        shard,
                        "the stream holds events of another life of this database; it is dropped, and consumers that \
                         have applied them will halt"
                    );
                    let mut drop = redis::cmd("DEL");
                    drop.arg(&key)
                        .query_async::<()>(&mut agreed.connection)
                        .await
                        .map_err(|error| stream::away(&error))?;
                }
                head - REFILL
            }
        }
        .max(0);
        loop {
            let events = self.log.read(self.source, shard.into(), after, 0).await?.events;
            let Some(last) = events.last() else { return Ok(()) };
            after = last.position;
            self.add(agreed, &events).await?;
        }
    }
}
