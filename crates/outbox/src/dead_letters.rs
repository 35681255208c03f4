//! Events that could not be applied, kept with what came after them about the same subject, until they are replayed.
//!
//! Everything here locks the cursor first, as a lane does. So a lane never applies a later event of a subject while an
//! earlier one is being put back.

use std::str::FromStr as _;

use chassis::{Db, Error, Result, TenantCtx, TenantId, TenantTx};
use prost::Message as _;
use sqlx::FromRow;
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

use crate::{Handler, follower::handle};

/// A parked event, for an operator.
#[derive(Debug, Clone, FromRow)]
pub struct Parked {
    /// Whose event.
    pub tenant_id: TenantId,
    /// Who could not apply it.
    pub consumer: String,
    /// Who said it.
    pub source: String,
    /// What it is about.
    pub subject: String,
    /// Its shard.
    pub shard: i16,
    /// Its place in the log.
    pub position: i64,
    /// What it says.
    pub r#type: String,
    /// Why it was parked.
    pub error: String,
}

/// Which parked events; `None` means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this tenant.
    pub tenant: Option<TenantId>,
    /// Said by this source.
    pub source: Option<String>,
    /// About this subject. An order within a subject is kept, so one event of it can not be chosen.
    pub subject: Option<String>,
}

impl Filter {
    fn takes(&self, parked: &Parked) -> bool {
        self.tenant.is_none_or(|tenant| tenant == parked.tenant_id)
            && self.source.as_ref().is_none_or(|source| *source == parked.source)
            && self.subject.as_ref().is_none_or(|subject| *subject == parked.subject)
    }
}

/// What is parked in a schema, oldest subject first.
pub async fn parked(db: &Db) -> Result<Vec<Parked>> {
    let mut tx = db.begin_system().await?;
    Ok(sqlx::query_as(
        "SELECT tenant_id, consumer, source, subject, shard, position, type, error FROM dead_letter
         ORDER BY min(position) OVER (PARTITION BY tenant_id, consumer, source, subject),
                  tenant_id, consumer, source, subject, position",
    )
    .fetch_all(tx.conn())
    .await?)
}

pub(crate) async fn is_parked(tx: &mut TenantTx, consumer: &str, source: &str, subject: &str) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM dead_letter
                        WHERE tenant_id = $1 AND consumer = $2 AND source = $3 AND subject = $4)",
    )
    .bind(tenant)
    .bind(consumer)
    .bind(source)
    .bind(subject)
    .fetch_one(tx.conn())
    .await?)
}

pub(crate) async fn park(tx: &mut TenantTx, consumer: &str, event: &Event, error: &str) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO dead_letter
             (tenant_id, consumer, source, subject, event_id, shard, position, type, error, event, park_time)
         VALUES ($1, $2, $3, $4, $5::uuid, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tenant)
    .bind(consumer)
    .bind(&event.source)
    .bind(&event.subject)
    .bind(&event.id)
    .bind(i32::try_from(event.shard).unwrap_or_default())
    .bind(event.position)
    .bind(&event.r#type)
    .bind(error)
    .bind(event.encode_to_vec())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Applies everything that a handler's consumer has parked; see [`replay_where`].
pub async fn replay(db: &Db, handler: &dyn Handler) -> Result<(usize, Vec<Error>)> {
    replay_where(db, handler, &Filter::default()).await
}

/// Applies what is parked, subject by subject in order, each subject in one transaction. A subject that still fails
/// stays as it is. The answer is how many events were applied, and the errors of the subjects that failed.
pub async fn replay_where(db: &Db, handler: &dyn Handler, filter: &Filter) -> Result<(usize, Vec<Error>)> {
    let mut subjects: Vec<(TenantId, String, String)> = parked(db)
        .await?
        .into_iter()
        .filter(|parked| parked.consumer == handler.consumer() && filter.takes(parked))
        .map(|parked| (parked.tenant_id, parked.source, parked.subject))
        .collect();
    subjects.dedup();
    let mut applied = 0;
    let mut failed = Vec::new();
    for (tenant, source, subject) in subjects {
        match replay_subject(db, handler, tenant, &source, &subject).await {
            Ok(count) => applied += count,
            Err(error) => failed.push(error),
        }
    }
    Ok((applied, failed))
}

async fn replay_subject(
    db: &Db,
    handler: &dyn Handler,
    tenant: TenantId,
    source: &str,
    subject: &str,
) -> Result<usize> {
    let mut tx = db.begin(&TenantCtx::service(tenant, handler.consumer())).await?;
    sqlx::query("SELECT FROM outbox_cursor WHERE consumer = $1 AND source = $2 ORDER BY shard FOR UPDATE")
        .bind(handler.consumer())
        .bind(source)
        .execute(tx.conn())
        .await?;
    let mut events = take(&mut tx, handler.consumer(), source, subject).await?;
    events.sort_by_key(|event| event.position);
    for event in &events {
        handle(handler, &mut tx, std::slice::from_ref(event)).await?;
        sqlx::query(
            "UPDATE outbox_cursor SET parked = greatest(parked - 1, 0)
             WHERE consumer = $1 AND source = $2 AND shard = $3",
        )
        .bind(handler.consumer())
        .bind(source)
        .bind(i32::try_from(event.shard).unwrap_or_default())
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await?;
    Ok(events.len())
}

/// Takes a subject's events out.
async fn take(tx: &mut TenantTx, consumer: &str, source: &str, subject: &str) -> Result<Vec<Event>> {
    let tenant = tx.tenant();
    let events: Vec<Vec<u8>> = sqlx::query_scalar(
        "DELETE FROM dead_letter WHERE tenant_id = $1 AND consumer = $2 AND source = $3 AND subject = $4
         RETURNING event",
    )
    .bind(tenant)
    .bind(consumer)
    .bind(source)
    .bind(subject)
    .fetch_all(tx.conn())
    .await?;
    events
        .iter()
        .map(|event| {
            Event::decode(event.as_slice()).map_err(|error| Error::internal("a parked event does not decode", &error))
        })
        .collect()
}

/// Lets a halted consumer go on after an event of the producer's log as it is now, or from its start; events between the
/// two that were never applied are not. For an operator who has decided what the restored producer's log means. A
/// running consumer notices within a second.
pub async fn resume(db: &Db, consumer: &str, source: &str, shard: u16, event: Option<&Event>) -> Result<()> {
    let id = event
        .map(|event| Uuid::from_str(&event.id))
        .transpose()
        .map_err(|error| Error::internal("an event's id is malformed", &error))?;
    let mut tx = db.begin_system().await?;
    let moved = sqlx::query(
        "UPDATE outbox_cursor SET position = $4, event_id = $5, halted = NULL
         WHERE consumer = $1 AND source = $2 AND shard = $3",
    )
    .bind(consumer)
    .bind(source)
    .bind(i32::from(shard))
    .bind(event.map_or(0, |event| event.position))
    .bind(id)
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    if moved.rows_affected() == 0 {
        return Err(Error::not_found("CURSOR_UNKNOWN", "this consumer does not follow that shard of that source"));
    }
    Ok(())
}
