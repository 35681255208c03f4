//! Numbering what was committed.
//!
//! A number that is drawn while a transaction runs is no cursor: number 7 may be committed after 8 was read. So events
//! are numbered after their commit, by one leader per schema, densely per shard. The leader holds a session's advisory
//! lock and numbers on that very session; when the session is lost, so is the lock, and nothing can be numbered twice.
//!
//! Among events that were committed between two rounds, the order is that of writing (`seq`), not of their ids, whose
//! clocks differ between processes. Writers of one subject lock it, so the later one draws its `seq` after the earlier
//! one's commit: it is seen in the same round and stands behind, or in a later round. Events of a subject stay in order.

use std::time::Duration;

use chassis::{Db, Error, Result};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use usher_proto::eventlog::v1::Event;

use crate::row::Row;

/// Events per round.
pub(crate) const ROUND: usize = 1_000;
/// What takes longer is on a session that is dead.
const PATIENCE: Duration = Duration::from_secs(30);
/// `events.shards` was changed after the log began; see [`Session::fix_shards`].
pub(crate) const SHARDS_FIXED: &str = "EVENT_SHARDS_FIXED";

/// A session that may become the one that numbers.
pub(crate) struct Session {
    connection: PgConnection,
    source: &'static str,
}

impl Session {
    /// Opens one. It is none of the pool's: nobody else may use it, it must end with its owner, and a pool may hold one
    /// with a transaction left open by a `BEGIN` whose caller went away; what is numbered there would never be committed.
    pub(crate) async fn open(db: &Db) -> Result<Self> {
        let source = db.schema();
        let options = db.pool().connect_options();
        let mut connection = tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options))
            .await
            .map_err(|_| Error::unavailable("DATABASE_UNAVAILABLE", "the database does not answer"))??;
        // The server ends a session that has gone silent, and with it the lock. A leader is never silent for so long.
        let set = format!(
            "SET ROLE usher_{source}_system; SET search_path = {source};
             SET idle_session_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s'"
        );
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut connection).await?;
        Ok(Self { connection, source })
    }

    /// Takes the lead if it is free. It is kept as long as the session.
    pub(crate) async fn lead(&mut self) -> Result<bool> {
        Ok(sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 7))")
            .bind(format!("usher outbox {}", self.source))
            .fetch_one(&mut self.connection)
            .await?)
    }

    /// Writes the number of shards down when the log begins, and refuses another one later: it would tear a tenant's
    /// events apart.
    pub(crate) async fn fix_shards(&mut self, shards: u16) -> Result<()> {
        let asked = i16::try_from(shards)
            .ok()
            .filter(|shards| *shards > 0)
            .ok_or_else(|| Error::invalid("events.shards", SHARDS_FIXED, "must be from 1 to 32767"))?;
        sqlx::query(
            "INSERT INTO outbox_head (shard, position) SELECT shard, 0 FROM generate_series(0, $1 - 1) AS shard
             WHERE NOT EXISTS (SELECT FROM outbox_head)",
        )
        .bind(i32::from(asked))
        .execute(&mut self.connection)
        .await?;
        let fixed: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox_head").fetch_one(&mut self.connection).await?;
        if fixed == i64::from(asked) {
            return Ok(());
        }
        let source = self.source;
        Err(Error::invalid(
            "events.shards",
            SHARDS_FIXED,
            format!("is {asked}, but the log of {source} began with {fixed}; set it back"),
        ))
    }

    /// One round: numbers what is committed, at most [`ROUND`], in one statement. The answer is what was numbered, by
    /// shard and position.
    pub(crate) async fn number(&mut self) -> Result<Vec<Event>> {
        let numbering = sqlx::query_as(
            "WITH shards AS (SELECT count(*) AS n FROM outbox_head),
             waiting AS (
                 SELECT tenant_id, event_id, seq, (shard % shards.n)::smallint AS shard
                 FROM outbox, shards WHERE position IS NULL ORDER BY seq LIMIT $1
             ),
             placed AS (
                 UPDATE outbox o
                 SET shard = w.shard, position = h.position + w.step, predecessor_id = coalesce(w.before, h.event_id)
                 FROM (SELECT *, row_number() OVER line AS step, lag(event_id) OVER line AS before
                       FROM waiting WINDOW line AS (PARTITION BY shard ORDER BY seq)) w
                 JOIN outbox_head h ON h.shard = w.shard
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
        .bind(i64::try_from(ROUND).unwrap_or(i64::MAX))
        .fetch_all(&mut self.connection);
        let rows: Vec<Row> = tokio::time::timeout(PATIENCE, numbering)
            .await
            .map_err(|_| Error::unavailable("DATABASE_UNAVAILABLE", "the numbering session does not answer"))??;
        Ok(rows.into_iter().map(|row| row.event(self.source)).collect())
    }
}
