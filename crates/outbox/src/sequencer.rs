//! Numbering what was committed.
//!
//! A number that is drawn while a transaction runs is no cursor: number 7 may be committed after 8 was read. So events
//! are numbered after their commit, by one leader per schema, densely per shard. The leader holds a session's advisory
//! lock and numbers on that very session; when the session is lost, so is the lock, and nothing can be numbered twice.
//!
//! Among events that were committed between two rounds, the order is that of writing (`seq`). Writers of one subject
//! lock it, so the later one draws its `seq` after the earlier one's commit, and events of a subject stay in order.

use std::time::Duration;

use chassis::{Db, Error, Result, service::RedisAccess, wire};
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, FromRow, PgConnection};
use tokio_util::sync::CancellationToken;
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

use crate::{Settings, relay::Relay};

/// Events per round.
const ROUND: i64 = 1_000;
/// A pause after a failure, and between two tries for the lock.
const PAUSE: Duration = Duration::from_millis(500);

/// The columns that make an event.
#[derive(FromRow)]
pub(crate) struct Row {
    tenant_id: chassis::TenantId,
    event_id: Uuid,
    pub(crate) shard: i16,
    pub(crate) position: i64,
    predecessor_id: Option<Uuid>,
    r#type: String,
    subject: String,
    time: DateTime<Utc>,
    traceparent: String,
    data: Vec<u8>,
}

impl Row {
    pub(crate) fn event(self, source: &str) -> Event {
        Event {
            id: self.event_id.to_string(),
            source: source.to_owned(),
            r#type: self.r#type,
            subject: self.subject,
            time: Some(wire::timestamp(self.time)),
            tenant_id: self.tenant_id.to_string(),
            shard: u32::try_from(self.shard).unwrap_or_default(),
            position: self.position,
            predecessor_id: self.predecessor_id.map(|id| id.to_string()).unwrap_or_default(),
            traceparent: self.traceparent,
            data: self.data,
        }
    }
}

/// The sending side of one schema: its sequencer and its relay.
#[derive(Debug)]
pub struct Producer {
    db: Db,
    redis: RedisAccess,
    settings: Settings,
}

impl Producer {
    /// For a schema that has the outbox's tables.
    pub fn new(db: Db, redis: RedisAccess, settings: Settings) -> Self {
        Self { db, redis, settings }
    }

    /// Numbers and relays while this process is the leader, waits for its turn while it is not. Ends when stopped.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.lead(&stop).await {
                Ok(()) => {}
                Err(error) => tracing::warn!(schema = self.db.schema(), %error, "numbering broke off; trying again"),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Takes the lead if it is free and keeps it until stopped or until the session is lost.
    async fn lead(&self, stop: &CancellationToken) -> Result<()> {
        // Not from the pool: the session must not be shared, and must end with the lead.
        let mut session = self.db.pool().acquire().await?.detach();
        let won: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 7))")
            .bind(format!("usher outbox {}", self.db.schema()))
            .fetch_one(&mut session)
            .await?;
        if !won {
            return Ok(());
        }
        self.fix_shards(&mut session).await?;
        let mut relay = Relay::new(&self.db, &self.redis, &self.settings);
        let poll = Duration::from_millis(self.settings.poll_ms.max(1));
        loop {
            let events = self.number(&mut session).await?;
            let full = i64::try_from(events.len()).unwrap_or(ROUND) == ROUND;
            relay.carry(events).await;
            if full {
                continue;
            }
            tokio::select! {
                () = self.db.appended().notified() => {}
                () = tokio::time::sleep(poll) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Writes the number of shards down when the log begins, and refuses another one later.
    async fn fix_shards(&self, session: &mut PgConnection) -> Result<()> {
        self.begin(session).await?;
        let shards = i16::try_from(self.settings.shards).ok().filter(|shards| *shards > 0);
        let shards =
            shards.ok_or_else(|| Error::invalid("events.shards", "SHARDS_OUT_OF_RANGE", "must be from 1 to 32,767"))?;
        sqlx::query(
            "INSERT INTO outbox_head (shard, position) SELECT shard, 0 FROM generate_series(0, $1 - 1) AS shard
             WHERE NOT EXISTS (SELECT FROM outbox_head)",
        )
        .bind(i32::from(shards))
        .execute(&mut *session)
        .await?;
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox_head").fetch_one(&mut *session).await?;
        sqlx::raw_sql("COMMIT").execute(session).await?;
        if there != i64::from(shards) {
            return Err(Error::invalid(
                "events.shards",
                "SHARDS_FIXED",
                format!("is {shards}, but the log of {} began with {there}; set it back", self.db.schema()),
            ));
        }
        Ok(())
    }

    /// One round: numbers what is committed, in one statement.
    async fn number(&self, session: &mut PgConnection) -> Result<Vec<Event>> {
        self.begin(session).await?;
        let rows: Vec<Row> = sqlx::query_as(
            "WITH shards AS (SELECT count(*)::smallint AS n FROM outbox_head),
             waiting AS (
                 SELECT w.tenant_id, w.event_id, w.shard,
                        row_number() OVER (PARTITION BY w.shard ORDER BY w.seq) AS step,
                        lag(w.event_id) OVER (PARTITION BY w.shard ORDER BY w.seq) AS before
                 FROM (SELECT tenant_id, event_id, seq, (outbox.shard % shards.n)::smallint AS shard
                       FROM outbox, shards WHERE position IS NULL ORDER BY seq LIMIT $1) w
             ),
             placed AS (
                 UPDATE outbox o
                 SET shard = w.shard, position = h.position + w.step, predecessor_id = coalesce(w.before, h.event_id)
                 FROM waiting w JOIN outbox_head h ON h.shard = w.shard
                 WHERE o.tenant_id = w.tenant_id AND o.event_id = w.event_id
                 RETURNING o.*
             ),
             moved AS (
                 UPDATE outbox_head h SET position = last.position, event_id = last.event_id
                 FROM (SELECT DISTINCT ON (shard) shard, position, event_id FROM placed
                       ORDER BY shard, position DESC) last
                 WHERE h.shard = last.shard
             )
             SELECT * FROM placed ORDER BY shard, position",
        )
        .bind(ROUND)
        .fetch_all(&mut *session)
        .await?;
        sqlx::raw_sql("COMMIT").execute(session).await?;
        Ok(rows.into_iter().map(|row| row.event(self.db.schema())).collect())
    }

    async fn begin(&self, session: &mut PgConnection) -> Result<()> {
        let schema = self.db.schema();
        let begin = format!("BEGIN; SET LOCAL ROLE usher_{schema}_system; SET LOCAL search_path = {schema}");
        sqlx::raw_sql(AssertSqlSafe(begin)).execute(session).await?;
        Ok(())
    }
}
