//! The same request twice has its effect once and the same answer.
//!
//! The key is the caller's `request_id`, within tenant, caller and method. It is claimed by an insert in the very
//! transaction that does the work, so there is no moment at which one is durable without the other: a second request
//! waits on the unique index until the first has ended, and then finds its answer, or, after a crash, does the work. The
//! answer is kept sealed for a day, since it may hold personal data.

use chrono::TimeDelta;
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use usher_proto::Request;
use uuid::Uuid;

use crate::{
    db::{Db, TenantTx},
    error::{Error, Result},
};

/// How long an answer is remembered.
pub const KEEP: TimeDelta = TimeDelta::hours(24);

pub(crate) enum Claim<R> {
    /// Go ahead; remember the answer under this key.
    Fresh(Option<Key>),
    /// Done before.
    Answered(R),
}

pub(crate) struct Key {
    method: &'static str,
    request_id: Uuid,
}

pub(crate) async fn claim<M: Request, R: prost::Message + Default>(tx: &mut TenantTx, request: &M) -> Result<Claim<R>> {
    if request.request_id().is_empty() {
        return Ok(Claim::Fresh(None));
    }
    let request_id = Uuid::parse_str(request.request_id())
        .map_err(|_| Error::invalid("request_id", "REQUEST_ID_MALFORMED", "must be a UUID"))?;
    let key = Key { method: M::METHOD, request_id };
    let fingerprint = Sha256::digest(request.encode_to_vec());
    let (tenant, actor, now) = (tx.tenant(), tx.ctx().actor.clone(), tx.now());
    let fresh = sqlx::query(
        "INSERT INTO idempotency (tenant_id, actor, method, request_id, fingerprint, create_time)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(actor.as_str())
    .bind(key.method)
    .bind(request_id)
    .bind(fingerprint.as_slice())
    .bind(now)
    .execute(tx.conn())
    .await?
    .rows_affected()
        == 1;
    if fresh {
        return Ok(Claim::Fresh(Some(key)));
    }
    let (before, answer): (Vec<u8>, Vec<u8>) = sqlx::query_as(
        "SELECT fingerprint, answer FROM idempotency
         WHERE tenant_id = $1 AND actor = $2 AND method = $3 AND request_id = $4",
    )
    .bind(tenant)
    .bind(actor.as_str())
    .bind(key.method)
    .bind(request_id)
    .fetch_one(tx.conn())
    .await?;
    if before != fingerprint.as_slice() {
        return Err(Error::already_exists(
            "REQUEST_ID_REUSED",
            "this request_id was used for another request; take a fresh one for other content",
        ));
    }
    let answer = tx.vault().open(&answer, request_id.as_bytes())?;
    let answer =
        R::decode(answer.as_slice()).map_err(|error| Error::internal("a kept answer does not decode", &error))?;
    Ok(Claim::Answered(answer))
}

pub(crate) async fn remember<R: prost::Message>(tx: &mut TenantTx, key: &Key, answer: &R) -> Result<()> {
    let sealed = tx.vault().seal(&answer.encode_to_vec(), key.request_id.as_bytes())?;
    let (tenant, actor) = (tx.tenant(), tx.ctx().actor.clone());
    sqlx::query(
        "UPDATE idempotency SET answer = $5
         WHERE tenant_id = $1 AND actor = $2 AND method = $3 AND request_id = $4",
    )
    .bind(tenant)
    .bind(actor.as_str())
    .bind(key.method)
    .bind(key.request_id)
    .bind(sealed)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets the tenant's answers that hold one of some words, such as ids. Says how many there were.
pub async fn forget(tx: &mut TenantTx, words: &[String]) -> Result<u64> {
    let named = naming(tx, words).await?;
    let tenant = tx.tenant();
    for (actor, method, request_id) in &named {
        sqlx::query("DELETE FROM idempotency WHERE tenant_id = $1 AND actor = $2 AND method = $3 AND request_id = $4")
            .bind(tenant)
            .bind(actor)
            .bind(method)
            .bind(request_id)
            .execute(tx.conn())
            .await?;
    }
    Ok(u64::try_from(named.len()).unwrap_or(u64::MAX))
}

/// The keys of answers that hold one of some words. They are opened one by one, since a day's may not fit into memory.
async fn naming(tx: &mut TenantTx, words: &[String]) -> Result<Vec<(String, String, Uuid)>> {
    let (tenant, vault) = (tx.tenant(), tx.vault());
    let mut kept = sqlx::query_as::<_, (String, String, Uuid, Vec<u8>)>(
        "SELECT actor, method, request_id, answer FROM idempotency WHERE tenant_id = $1 AND answer <> ''",
    )
    .bind(tenant)
    .fetch(tx.conn());
    let mut named = Vec::new();
    while let Some((actor, method, request_id, answer)) = kept.try_next().await? {
        // One that another key has sealed is of no use to anybody either.
        let opened = vault.open(&answer, request_id.as_bytes()).unwrap_or_default();
        if words.iter().any(|word| holds(&opened, word)) {
            named.push((actor, method, request_id));
        }
    }
    Ok(named)
}

fn holds(answer: &[u8], word: &str) -> bool {
    answer.windows(word.len().max(1)).any(|bytes| bytes == word.as_bytes())
}

/// Forgets answers that are older than [`KEEP`].
pub async fn sweep(db: &Db) -> Result<u64> {
    let mut tx = db.begin_system().await?;
    let before = tx.now() - KEEP;
    let gone = sqlx::query("DELETE FROM idempotency WHERE create_time < $1").bind(before).execute(tx.conn()).await?;
    tx.commit().await?;
    Ok(gone.rows_affected())
}
