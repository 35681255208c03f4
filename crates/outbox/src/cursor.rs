//! How far one consumer has applied one shard of one source: a row of `outbox_cursor` in the consumer's schema.
//!
//! It moves in the transaction that applies, so that an event takes effect exactly when its place is passed. Whoever
//! applies locks it first; another process that follows the same shard waits, finds it moved, and skips what is done.

use chassis::{Db, Result};
use sqlx::{FromRow, PgConnection};
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

/// Which cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) consumer: &'static str,
    pub(crate) source: &'static str,
    pub(crate) shard: u16,
}

impl Place {
    fn column(&self) -> i32 {
        i32::from(self.shard)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) position: i64,
    /// Empty before the first event.
    pub(crate) event_id: String,
    /// Why it does not go on.
    pub(crate) halted: Option<String>,
    /// How many of its events are parked.
    pub(crate) parked: i64,
}

#[derive(FromRow)]
struct Row {
    position: i64,
    event_id: Option<Uuid>,
    halted: Option<String>,
    parked: i64,
}

impl From<Row> for Cursor {
    fn from(Row { position, event_id, halted, parked }: Row) -> Self {
        Self { position, event_id: event_id.map(|id| id.to_string()).unwrap_or_default(), halted, parked }
    }
}

/// How an event stands to a cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is the next one.
    Next,
    /// It has been applied.
    Known,
    /// Others come before it.
    Gap,
    /// It belongs to another life of the producer's database than what was applied; with what gave it away.
    Foreign(&'static str),
}

impl Cursor {
    pub(crate) fn fit(&self, event: &Event) -> Fit {
        if event.position == self.position && event.id != self.event_id {
            Fit::Foreign("another event stands where the last one that was applied stood")
        } else if event.position <= self.position {
            Fit::Known
        } else if event.position > self.position + 1 {
            Fit::Gap
        } else if event.predecessor_id != self.event_id {
            Fit::Foreign("the next event follows another one than was applied")
        } else {
            Fit::Next
        }
    }

    pub(crate) fn pass(&mut self, event: &Event) {
        self.position = event.position;
        self.event_id.clone_from(&event.id);
    }
}

/// The cursor, made if it is not there yet.
pub(crate) async fn open(db: &Db, place: Place) -> Result<Cursor> {
    let mut tx = db.begin_system().await?;
    sqlx::query(
        "INSERT INTO outbox_cursor (consumer, source, shard, position) VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING",
    )
    .bind(place.consumer)
    .bind(place.source)
    .bind(place.column())
    .execute(tx.conn())
    .await?;
    let row: Row = sqlx::query_as(
        "SELECT position, event_id, halted, parked FROM outbox_cursor WHERE consumer = $1 AND source = $2 AND shard = $3",
    )
    .bind(place.consumer)
    .bind(place.source)
    .bind(place.column())
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(row.into())
}

/// The cursor, held until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection, place: Place) -> Result<Cursor> {
    let row: Row = sqlx::query_as(
        "SELECT position, event_id, halted, parked FROM outbox_cursor
         WHERE consumer = $1 AND source = $2 AND shard = $3 FOR UPDATE",
    )
    .bind(place.consumer)
    .bind(place.source)
    .bind(place.column())
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

pub(crate) async fn save(conn: &mut PgConnection, place: Place, cursor: &Cursor) -> Result<()> {
    sqlx::query(
        "UPDATE outbox_cursor SET position = $4, event_id = nullif($5, '')::uuid, halted = $6, parked = $7
         WHERE consumer = $1 AND source = $2 AND shard = $3",
    )
    .bind(place.consumer)
    .bind(place.source)
    .bind(place.column())
    .bind(cursor.position)
    .bind(&cursor.event_id)
    .bind(&cursor.halted)
    .bind(cursor.parked)
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: i64, id: &str, predecessor: &str) -> Event {
        Event { position, id: id.to_owned(), predecessor_id: predecessor.to_owned(), ..Event::default() }
    }

    fn at(position: i64, id: &str) -> Cursor {
        Cursor { position, event_id: id.to_owned(), halted: None, parked: 0 }
    }

    #[test]
    fn only_the_next_event_of_the_same_life_fits() {
        assert_eq!(at(0, "").fit(&event(1, "a", "")), Fit::Next);
        assert_eq!(at(2, "b").fit(&event(3, "c", "b")), Fit::Next);
        assert_eq!(at(2, "b").fit(&event(2, "b", "a")), Fit::Known);
        assert_eq!(at(2, "b").fit(&event(1, "whatever it was", "")), Fit::Known);
        assert_eq!(at(2, "b").fit(&event(4, "d", "c")), Fit::Gap);
        assert!(matches!(at(2, "b").fit(&event(3, "c", "x")), Fit::Foreign(_)));
        assert!(matches!(at(2, "b").fit(&event(2, "x", "a")), Fit::Foreign(_)));
        assert!(matches!(at(0, "").fit(&event(1, "a", "x")), Fit::Foreign(_)));
    }
}
