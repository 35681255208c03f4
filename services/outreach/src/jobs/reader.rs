//! How a worker reads the lanes of its channel, see [`super::lanes`].

use std::time::Duration;

use chassis::{Result, service::RedisAccess};
use redis::{
    Pipeline,
    aio::MultiplexedConnection,
    streams::{StreamId, StreamReadReply},
};
use uuid::Uuid;

use super::lanes::{away, key, ticket};
use crate::{domain::priority::Priority, store::queue::Ticket};

const GROUP: &str = "workers";
/// How long a worker waits for something to do before it looks whether it should stop.
const BLOCK: Duration = Duration::from_millis(1_000);

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
    pub tickets: Vec<(Priority, Ticket)>,
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
        let mut tickets = Vec::new();
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

    fn take(&mut self, place: usize, lane: &[StreamId], tickets: &mut Vec<(Priority, Ticket)>) {
        self.done[place].extend(lane.iter().map(|entry| entry.id.clone()));
        let priority = Priority::ALL[place];
        tickets.extend(lane.iter().filter_map(ticket).map(|ticket| (priority, ticket)));
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
