//! A person is forgotten: their messages go, those that wait to be sent among them.

use chassis::{Error, Result, TenantTx, service::RedisAccess, subjects::erased};
use outbox::merging;
use usher_proto::privacy::v1::ErasedStore;

use crate::{
    domain::message::{CandidateId, MessageId},
    jobs::lanes,
    store::{self, reassignments},
};

/// The answer is how much there was, and the words by which it is found elsewhere. Errors: `UNAVAILABLE`
/// (`MESSAGE_UNDER_WAY`) while a worker hands a message over; it ends within seconds.
pub async fn run(
    tx: &mut TenantTx,
    redis: &RedisAccess,
    candidate: CandidateId,
) -> Result<(Vec<ErasedStore>, Vec<String>)> {
    outbox::erasure::begin(tx, candidate.0).await?;
    let messages = hold(tx, candidate).await?;
    // While their ids are still known. Whoever else could put them there again waits for the rows.
    let queued = lanes::forget(redis, &messages).await?;
    let (mut stores, words) = forget(tx, candidate).await?;
    stores.push(erased("queue", queued));
    Ok((stores, words))
}

/// Forgets what has come late to somebody who is forgotten already; for handlers. What stands in the queue is an id that
/// leads nowhere. Errors: as [`run`].
pub async fn catch_up(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    if outbox::erasure::is_erased(tx, candidate.0).await? {
        hold(tx, candidate).await?;
        forget(tx, candidate).await?;
    }
    Ok(())
}

/// The person's messages, none of which goes out before this transaction ends.
async fn hold(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<MessageId>> {
    let held = store::subjects::hold(tx, candidate).await?;
    if held.iter().any(|(_, is_in_hand)| *is_in_hand) {
        return Err(Error::unavailable("MESSAGE_UNDER_WAY", "a message is being sent just now; try again in a moment"));
    }
    Ok(held.into_iter().map(|(id, _)| id).collect())
}

async fn forget(tx: &mut TenantTx, candidate: CandidateId) -> Result<(Vec<ErasedStore>, Vec<String>)> {
    // What is asked for of an application while two are one names whoever stands for them, and may be on its way.
    for application in store::subjects::moved_applications(tx, candidate).await? {
        outbox::erasure::mark(tx, application.0).await?;
    }
    // As does what was said of it.
    let applications = store::subjects::applications(tx, candidate).await?;
    let words: Vec<String> =
        std::iter::once(candidate.to_string()).chain(applications.iter().map(ToString::to_string)).collect();
    let freed = merging::freed(tx, candidate.0).await?;
    let mut stores = store::subjects::erase(tx, candidate).await?;
    stores.extend(outbox::erasure::forget(tx, &words, "").await?);
    // Messages of applications go where ats says.
    for messages in freed {
        reassignments::readdress(tx, messages).await?;
    }
    Ok((stores, words))
}
