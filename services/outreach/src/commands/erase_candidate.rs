//! A person is forgotten: their messages go, those that wait to be sent among them.

use chassis::{Error, Result, TenantTx, service::RedisAccess, subjects::erased};
use usher_proto::privacy::v1::ErasedStore;

use crate::{
    domain::message::{CandidateId, MessageId},
    jobs::enqueue,
    store,
};

/// Errors: `UNAVAILABLE` (`MESSAGE_UNDER_WAY`) while a worker hands a message over; it ends within seconds.
pub async fn run(tx: &mut TenantTx, redis: &RedisAccess, candidate: CandidateId) -> Result<Vec<ErasedStore>> {
    outbox::erasure::begin(tx, candidate.0).await?;
    let held = store::subjects::hold(tx, candidate).await?;
    if held.iter().any(|(_, is_in_hand)| *is_in_hand) {
        return Err(Error::unavailable("MESSAGE_UNDER_WAY", "a message is being sent just now; try again in a moment"));
    }
    let messages: Vec<MessageId> = held.into_iter().map(|(id, _)| id).collect();
    // While their ids are still known. Whoever else could put them there again waits for the rows.
    let queued = enqueue::forget(redis, &messages).await?;
    let mut stores = store::subjects::erase(tx, candidate).await?;
    let word = candidate.to_string();
    let log = outbox::erasure::forget(tx, &word, "").await?;
    let answers = chassis::idempotency::forget(tx, &word).await?;
    let rest =
        [("queue", queued), ("event_log", log.events), ("dead_letters", log.letters), ("remembered_answers", answers)];
    stores.extend(rest.map(|(store, count)| erased(store, count)));
    Ok(stores)
}
