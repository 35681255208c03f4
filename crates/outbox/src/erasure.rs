//! Forgetting what was said about somebody.
//!
//! Events are facts for ever, and yet a person may ask to be forgotten. What an event said then goes out of its row; the
//! row keeps its place, its id and its predecessor, so that the log stays dense and every reader goes on
//! ([`usher_proto::eventlog::v1::EventRedacted`], which is nobody's concern). Parked events go whole. A stream in Redis
//! that still holds such an event is dropped: its readers find in the log what they have not read yet.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use chassis::{Error, Result, TenantTx, idempotency, service::RedisAccess, subjects::erased};
use prost::Name as _;
use redis::{
    aio::MultiplexedConnection,
    streams::{StreamId, StreamRangeReply},
};
use usher_proto::{
    eventlog::v1::{Event, EventRedacted},
    privacy::v1::ErasedStore,
};
use uuid::Uuid;

use crate::{Settings, mentions, shard_of, stream};

/// In the place of the subject of what is forgotten.
const SUBJECT: &str = "redacted";
/// Entries of one read of a stream.
const PAGE: usize = 500;
/// So long a transaction waits for Redis, and with it whoever is at what it holds.
const PATIENCE: Duration = Duration::from_secs(5);

/// From now on a subject is forgotten. To be called first: it waits for what consumers of this schema are at, and for
/// whoever has passed [`refuse`], and lets nobody begin before this transaction ends. So what they write about the subject
/// is there to be forgotten, and what comes later finds the mark.
///
/// Not for handlers, see [`mark`].
pub async fn begin(tx: &mut TenantTx, subject: Uuid) -> Result<()> {
    sqlx::query("SELECT FROM outbox_cursor ORDER BY consumer, source, shard FOR UPDATE").execute(tx.conn()).await?;
    mark(tx, subject).await
}

/// As [`begin`], where no consumer has to be waited for: for whatever else is forgotten in a transaction that has begun so;
/// and for handlers. Each of these holds a cursor, so that two who waited for all would wait for each other.
pub async fn mark(tx: &mut TenantTx, subject: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 8))")
        .bind(lock(tx, subject))
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "INSERT INTO erased_subject (tenant_id, subject_id, erase_time) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(subject)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether a subject is forgotten; for handlers, which [`begin`] waits for.
pub async fn is_erased(tx: &mut TenantTx, subject: Uuid) -> Result<bool> {
    Ok(!erased_among(tx, &[subject]).await?.is_empty())
}

/// Which of these subjects are forgotten; for handlers, as [`is_erased`].
pub async fn erased_among(tx: &mut TenantTx, subjects: &[Uuid]) -> Result<HashSet<Uuid>> {
    let tenant = tx.tenant();
    let erased: Vec<Uuid> =
        sqlx::query_scalar("SELECT subject_id FROM erased_subject WHERE tenant_id = $1 AND subject_id = ANY ($2)")
            .bind(tenant)
            .bind(subjects)
            .fetch_all(tx.conn())
            .await?;
    Ok(erased.into_iter().collect())
}

/// Refuses a subject that is forgotten, and lets nobody forget it before this transaction ends; for requests that begin
/// something new. Errors: `FAILED_PRECONDITION` (`CANDIDATE_ERASED`).
pub async fn refuse(tx: &mut TenantTx, subject: Uuid) -> Result<()> {
    if hold(tx, &[subject]).await?.is_empty() {
        return Ok(());
    }
    Err(refusal())
}

/// What is said to whoever begins something new about somebody who is forgotten.
pub fn refusal() -> Error {
    Error::failed_precondition("CANDIDATE_ERASED", "this person has asked to be forgotten")
}

/// Lets nobody forget these subjects before this transaction ends. Says which of them are forgotten already.
pub async fn hold(tx: &mut TenantTx, subjects: &[Uuid]) -> Result<HashSet<Uuid>> {
    let locks: BTreeSet<String> = subjects.iter().map(|subject| lock(tx, *subject)).collect();
    sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtextextended(name, 8)) FROM unnest($1::text[]) AS name")
        .bind(Vec::from_iter(locks))
        .execute(tx.conn())
        .await?;
    erased_among(tx, subjects).await
}

fn lock(tx: &TenantTx, subject: Uuid) -> String {
    format!("{}/{subject}", tx.tenant())
}

/// Forgets what the service has said and heard of people, by the words that stand for them, which are ids of people and of
/// applications (any other word is an `INTERNAL` error): what the tenant's events say that hold one, but for those of the
/// type `spared`; parked events; and remembered answers. Says how much there was, for the answer to an erasure. However many
/// the words are, each store is looked through once. After [`begin`].
pub async fn forget(tx: &mut TenantTx, words: &[String], spared: &str) -> Result<Vec<ErasedStore>> {
    let events = forget_events(tx, words, spared).await?;
    let letters = forget_letters(tx, words, spared).await?;
    let answers = idempotency::forget(tx, words).await?;
    Ok(vec![erased("event_log", events), erased("dead_letters", letters), erased("remembered_answers", answers)])
}

async fn forget_events(tx: &mut TenantTx, words: &[String], spared: &str) -> Result<u64> {
    let events = mentions::naming(tx, words).await?;
    let tenant = tx.tenant();
    // An event that names two is overwritten with the first of them.
    let forgotten = sqlx::query(
        "UPDATE outbox SET type = $4, subject = $5, traceparent = '', data = ''
         WHERE tenant_id = $1 AND event_id = ANY ($2) AND type NOT IN ($3, $4)",
    )
    .bind(tenant)
    .bind(events)
    .bind(spared)
    .bind(EventRedacted::full_name())
    .bind(SUBJECT)
    .execute(tx.conn())
    .await?;
    mentions::forget(tx, words).await?;
    Ok(forgotten.rows_affected())
}

async fn forget_letters(tx: &mut TenantTx, words: &[String], spared: &str) -> Result<u64> {
    let tenant = tx.tenant();
    let parked: Vec<(String, String, i16)> = sqlx::query_as(
        "DELETE FROM dead_letter
         WHERE tenant_id = $1 AND type <> $3 AND (subject = ANY ($2) OR EXISTS (
             SELECT FROM unnest($2) AS word WHERE position(convert_to(word, 'UTF8') IN event) > 0))
         RETURNING consumer, source, shard",
    )
    .bind(tenant)
    .bind(words)
    .bind(spared)
    .fetch_all(tx.conn())
    .await?;
    for (consumer, source, shard) in &parked {
        sqlx::query(
            "UPDATE outbox_cursor SET parked = greatest(parked - 1, 0)
             WHERE consumer = $1 AND source = $2 AND shard = $3",
        )
        .bind(consumer)
        .bind(source)
        .bind(shard)
        .execute(tx.conn())
        .await?;
    }
    Ok(u64::try_from(parked.len()).unwrap_or(u64::MAX))
}

/// Drops the stream of the tenant's shard when it holds an event with one of these words, but for the type `spared`. Says how
/// many such events it held, for the answer to an erasure. An event that the relay has in hand just now may come a moment
/// later, so this is to be asked again.
///
/// To be called last before the commit: when Redis does not answer, nothing is forgotten here, and whoever asks again
/// counts everything. It waits for Redis no longer than a transaction may.
pub async fn forget_stream(
    tx: &TenantTx,
    redis: &RedisAccess,
    settings: &Settings,
    words: &[String],
    spared: &str,
) -> Result<ErasedStore> {
    let key = stream::key(redis, tx.schema(), shard_of(tx.tenant(), settings.shards));
    let tenant = tx.tenant().to_string();
    let holds = |entry: &StreamId| {
        stream::decode(entry).is_some_and(|event| event.tenant_id == tenant && says(&event, words, spared))
    };
    let dropped = tokio::time::timeout(PATIENCE, drop_stream(redis, &key, holds)).await;
    Ok(erased("event_stream", dropped.map_err(|_| stream::silent())??))
}

async fn drop_stream(redis: &RedisAccess, key: &str, holds: impl Fn(&StreamId) -> bool) -> Result<u64> {
    let mut connection = redis.client.get_multiplexed_async_connection().await.map_err(|error| stream::away(&error))?;
    let mut found = 0;
    let mut after = "-".to_owned();
    loop {
        let entries = page(&mut connection, key, &after).await?;
        let Some(last) = entries.last() else { break };
        after = format!("({}", last.id);
        found += entries.iter().filter(|entry| holds(entry)).count();
    }
    if found > 0 {
        let mut drop = redis::cmd("DEL");
        drop.arg(key).query_async::<()>(&mut connection).await.map_err(|error| stream::away(&error))?;
    }
    Ok(u64::try_from(found).unwrap_or(u64::MAX))
}

fn says(event: &Event, words: &[String], spared: &str) -> bool {
    let holds = |word: &String| event.data.windows(word.len().max(1)).any(|found| found == word.as_bytes());
    event.r#type != spared && words.iter().any(|word| event.subject == *word || holds(word))
}

async fn page(connection: &mut MultiplexedConnection, key: &str, after: &str) -> Result<Vec<StreamId>> {
    let mut range = redis::cmd("XRANGE");
    range.arg(key).arg(after).arg("+").arg("COUNT").arg(PAGE);
    let found: StreamRangeReply = range.query_async(connection).await.map_err(|error| stream::away(&error))?;
    Ok(found.ids)
}
