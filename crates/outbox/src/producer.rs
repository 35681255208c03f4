//! The sending side of a schema: one leader over all processes numbers its events and carries them to Redis.

use std::time::Duration;

use chassis::{Db, Result, service::RedisAccess};
use opentelemetry::KeyValue;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use usher_proto::eventlog::v1::Event;

use crate::{
    Settings,
    backoff::{Backoff, wait},
    mentions, metrics,
    relay::Relay,
    sequencer::{ROUND, SHARDS_FIXED, Session},
};

/// How often one that does not lead tries to.
const STANDBY: Duration = Duration::from_millis(500);
/// How soon a leader looks again after it found something.
const BUSY: Duration = Duration::from_millis(40);
/// So long what comes in a crowd gathers for one round: each costs a commit of its own.
const GATHER: Duration = Duration::from_millis(20);

/// The sequencer and the relay of one schema.
#[derive(Debug)]
pub struct Producer {
    db: Db,
    redis: RedisAccess,
    settings: Settings,
}

impl Producer {
    /// For a schema that has the outbox's tables. With the door that the service writes through, a commit there is
    /// noticed at once.
    pub fn new(db: Db, redis: RedisAccess, settings: Settings) -> Self {
        Self { db, redis, settings }
    }

    /// Numbers and relays while this process leads, waits for its turn while it does not. When stopped it numbers what
    /// was committed until then and ends. It also ends, with an error in the log, when the settings contradict the log.
    pub async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::default();
        while !stop.is_cancelled() {
            match self.serve(&stop, &mut backoff).await {
                Ok(()) => return,
                Err(error) if error.reason() == SHARDS_FIXED => {
                    tracing::error!(source = self.db.schema(), %error, "events can not be numbered");
                    return;
                }
                Err(error) => {
                    tracing::warn!(source = self.db.schema(), %error, "numbering broke off; trying again");
                    backoff.pause(&stop).await;
                }
            }
        }
    }

    /// Waits for the lead and does its work, until stopped or until the session is lost.
    async fn serve(&self, stop: &CancellationToken, backoff: &mut Backoff) -> Result<()> {
        let mut session = Session::open(&self.db).await?;
        while !session.lead().await? {
            wait(STANDBY, stop).await;
            if stop.is_cancelled() {
                return Ok(());
            }
        }
        session.fix_shards(self.settings.shards).await?;
        backoff.reset();
        tracing::debug!(source = self.db.schema(), "leads");
        let mut relay = Relay::new(&self.db, &self.redis, &self.settings);
        let (carry, mut numbered) = mpsc::unbounded_channel();
        // The relay has deadlines and drops what it can not carry, so the channel stays short; numbering never waits.
        let outcome = tokio::select! {
            outcome = self.number(&mut session, &carry, stop) => outcome,
            () = relay.run(&mut numbered) => Ok(()),
            () = mentions::keep_noting(&self.db) => Ok(()),
        };
        // What the last rounds numbered.
        while let Ok(events) = numbered.try_recv() {
            relay.carry(events).await;
        }
        outcome
    }

    async fn number(
        &self,
        session: &mut Session,
        carry: &mpsc::UnboundedSender<Vec<Event>>,
        stop: &CancellationToken,
    ) -> Result<()> {
        let source = [KeyValue::new("source", self.db.schema())];
        let mut pause = BUSY;
        loop {
            let stopping = stop.is_cancelled();
            let events = session.number().await?;
            let count = events.len();
            if count > 0 {
                metrics::NUMBERED.add(u64::try_from(count).unwrap_or_default(), &source);
                pause = BUSY;
                // Its other end lives as long as this loop.
                let _ = carry.send(events);
            }
            if count == ROUND {
                continue;
            }
            if stopping {
                return Ok(());
            }
            let mut rest = pause.min(self.settings.poll());
            if count > 0 {
                wait(GATHER, stop).await;
                rest = rest.saturating_sub(GATHER);
            }
            tokio::select! {
                () = self.db.appended().notified() => {}
                () = wait(rest, stop) => pause = (pause * 2).min(self.settings.poll()),
            }
        }
    }
}
