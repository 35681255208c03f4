//! Whom events name, and which applications, so that forgetting somebody does not read everything that was ever said.
//!
//! Whoever numbers a log notes some moments later which of its events hold such an id, and up to which position that is
//! done. An erasure finds by this what is noted and reads the rest itself. So saying, numbering and following pay
//! nothing for it; a log that is older than this is noted while it serves; and at no moment is an event missed.

use std::{collections::BTreeSet, sync::LazyLock, time::Duration};

use chassis::{Db, Error, Result, TenantTx};
use futures::TryStreamExt as _;
use regex::bytes::Regex;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::append::shard_of;

/// Between two looks of the one who notes.
const EVERY: Duration = Duration::from_secs(5);
/// Positions that are noted in one transaction, for which erasures wait; and that are read at once where nothing is noted.
const PIECE: i64 = 1_000;
/// How events spell the ids that erasures ask by: of people, and of what was made for one and told in another's name while
/// the two were merged. A kind that is asked by has to be noted by.
const KIND: &str = "(?:cand|app)_[0-7][0-9a-hjkmnp-tv-z]{25}";

#[expect(clippy::unwrap_used, reason = "the tests of this module compile it")]
static NAMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(KIND).unwrap());

/// Notes what was numbered, for as long as it is polled; for the one who numbers.
pub(crate) async fn keep_noting(db: &Db) {
    let mut rounds = db.clock().rounds(EVERY);
    loop {
        match note(db).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(source = db.schema(), %error, "whom events name could not be noted yet"),
        }
        rounds.next().await;
    }
}

/// Notes one piece of a shard. False when all is noted.
async fn note(db: &Db) -> Result<bool> {
    let mut tx = db.begin_system().await?;
    // Nothing is overwritten while it is read here, so whoever is forgotten is not noted again.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 9))").bind(db.schema()).execute(tx.conn()).await?;
    let behind: Option<(i16, i64, i64)> = sqlx::query_as(
        "SELECT h.shard, coalesce(n.position, 0), h.position FROM outbox_head h LEFT JOIN outbox_noted n USING (shard)
         WHERE h.position > coalesce(n.position, 0) ORDER BY shard LIMIT 1",
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some((shard, noted, head)) = behind else { return Ok(false) };
    let to = head.min(noted + PIECE);
    note_piece(tx.conn(), shard, noted, to).await?;
    tx.commit().await?;
    Ok(true)
}

async fn note_piece(conn: &mut PgConnection, shard: i16, after: i64, to: i64) -> Result<()> {
    let (tenants, words, events) = read_piece(conn, shard, after, to).await?;
    sqlx::query(
        "INSERT INTO outbox_mention (tenant_id, word, event_id) SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[])
         ON CONFLICT DO NOTHING",
    )
    .bind(tenants)
    .bind(words)
    .bind(events)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO outbox_noted (shard, position) VALUES ($1, $2)
         ON CONFLICT (shard) DO UPDATE SET position = excluded.position",
    )
    .bind(shard)
    .bind(to)
    .execute(conn)
    .await?;
    Ok(())
}

/// Tenants, the words that their events hold, and those events, side by side. They are read one by one, since a piece may not
/// fit into memory.
async fn read_piece(
    conn: &mut PgConnection,
    shard: i16,
    after: i64,
    to: i64,
) -> Result<(Vec<Uuid>, Vec<String>, Vec<Uuid>)> {
    let mut piece = sqlx::query_as::<_, (Uuid, Uuid, String, Vec<u8>)>(
        "SELECT tenant_id, event_id, subject, data FROM outbox WHERE shard = $1 AND position > $2 AND position <= $3",
    )
    .bind(shard)
    .bind(after)
    .bind(to)
    .fetch(conn);
    let (mut tenants, mut words, mut events) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((tenant, event, subject, data)) = piece.try_next().await? {
        for word in named(&subject, &data) {
            tenants.push(tenant);
            words.push(word.to_owned());
            events.push(event);
        }
    }
    Ok((tenants, words, events))
}

/// The ids that an event holds. It is no text, but its texts are in it as they are.
fn named<'e>(subject: &'e str, data: &'e [u8]) -> BTreeSet<&'e str> {
    let found = [subject.as_bytes(), data].into_iter().flat_map(|bytes| NAMED.find_iter(bytes));
    found.filter_map(|found| std::str::from_utf8(found.as_bytes()).ok()).collect()
}

/// The tenant's events that hold one of these words, which are such ids. Lets nobody note before this transaction
/// ends.
pub(crate) async fn naming(tx: &mut TenantTx, words: &[String]) -> Result<Vec<Uuid>> {
    check(words)?;
    let source = tx.schema();
    sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 9))").bind(source).execute(tx.conn()).await?;
    // In this order: what is numbered meanwhile has been found, or stands before the head that is read then.
    let mut events = waiting(tx, words).await?;
    events.extend(not_noted(tx, words).await?);
    events.extend(noted(tx, words).await?);
    Ok(events)
}

/// Whoever asked by anything else would be told that there is nothing.
fn check(words: &[String]) -> Result<()> {
    let is_noted = |word: &String| NAMED.find(word.as_bytes()).is_some_and(|found| found.len() == word.len());
    if words.iter().all(is_noted) {
        return Ok(());
    }
    Err(Error::internal("nobody is forgotten by such a word", &"it is of a kind that is not noted"))
}

/// Whether an event holds one of the words `$2`.
macro_rules! holding {
    ($select:literal) => {
        concat!(
            $select,
            " AND (subject = ANY ($2) OR EXISTS (
                 SELECT FROM unnest($2) AS word WHERE position(convert_to(word, 'UTF8') IN data) > 0))"
        )
    };
}

/// Those that have no number yet.
async fn waiting(tx: &mut TenantTx, words: &[String]) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(holding!("SELECT event_id FROM outbox WHERE position IS NULL AND tenant_id = $1"))
        .bind(tenant)
        .bind(words)
        .fetch_all(tx.conn())
        .await?)
}

/// Those that are numbered and not noted.
async fn not_noted(tx: &mut TenantTx, words: &[String]) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    let Some((shard, mut after, head)) = shard(tx).await? else { return Ok(Vec::new()) };
    let mut events = Vec::new();
    while after < head {
        let some: Vec<Uuid> = sqlx::query_scalar(holding!(
            "SELECT event_id FROM outbox WHERE shard = $3 AND position > $4 AND position <= $5 AND tenant_id = $1"
        ))
        .bind(tenant)
        .bind(words)
        .bind(shard)
        .bind(after)
        .bind(after + PIECE)
        .fetch_all(tx.conn())
        .await?;
        events.extend(some);
        after += PIECE;
    }
    Ok(events)
}

/// The tenant's shard, up to where it is noted, and where it ends. `None` before the log has begun.
async fn shard(tx: &mut TenantTx) -> Result<Option<(i16, i64, i64)>> {
    let tenant = tx.tenant();
    let shards: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox_head").fetch_one(tx.conn()).await?;
    Ok(sqlx::query_as(
        "SELECT h.shard, coalesce(n.position, 0), h.position FROM outbox_head h LEFT JOIN outbox_noted n USING (shard)
         WHERE shard = $1",
    )
    .bind(i32::from(shard_of(tenant, u16::try_from(shards).unwrap_or(u16::MAX))))
    .fetch_optional(tx.conn())
    .await?)
}

async fn noted(tx: &mut TenantTx, words: &[String]) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT event_id FROM outbox_mention WHERE tenant_id = $1 AND word = ANY ($2)")
        .bind(tenant)
        .bind(words)
        .fetch_all(tx.conn())
        .await?)
}

/// Forgets that somebody was named.
pub(crate) async fn forget(tx: &mut TenantTx, words: &[String]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM outbox_mention WHERE tenant_id = $1 AND word = ANY ($2)")
        .bind(tenant)
        .bind(words)
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_between_whatever_bytes() {
        let (ann, bob) = ("cand_01h455vb4pex5vsknk084sn02q", "app_01h455vb4pex5vsknk084sn02r");
        let data = [b"\xff\x00", ann.as_bytes(), b"\x1a\x1e", bob.as_bytes(), ann.as_bytes(), b"cand_01h455"].concat();
        assert_eq!(named("", &data), BTreeSet::from([ann, bob]));
        assert_eq!(named(bob, b""), BTreeSet::from([bob]));
        assert!(named("job_01h455vb4pex5vsknk084sn02q", b"cand_81h455vb4pex5vsknk084sn02q").is_empty());
    }
}
