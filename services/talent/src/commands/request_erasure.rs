//! A person is forgotten: here at once, and elsewhere by a job (`jobs::erase`).

use chassis::{Error, Result, TenantTx, wire};
use prost::Name as _;
use usher_proto::{
    privacy::v1::ErasedStore,
    talent::v1::{CandidateErased, RequestErasureRequest},
};
use uuid::Uuid;

use crate::{
    domain::{
        candidate::CandidateId,
        clean::text,
        contact::Contact,
        erasure::{Erasure, ErasureId, Progress},
    },
    keys::TenantKey,
    store,
};

/// In the receipt, beside the tables.
const INDEX: &str = "search_index";

pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: RequestErasureRequest) -> Result<Erasure> {
    let id: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    let reason = text::required("reason", &request.reason, 500)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    if let Some(known) = store::erasures::of_candidate(tx, id).await? {
        return Ok(known);
    }
    // People who were made one are forgotten together, each with a receipt; those who are a part have no contact points.
    let whole = store::merges::whole(tx, id).await?;
    for member in &whole.members {
        outbox::erasure::begin(tx, member.0).await?;
    }
    let contacts: Vec<Contact> = store::candidates::lock(tx, key, whole.root).await?.profile.contacts().collect();
    for part in whole.members.iter().filter(|member| **member != whole.root) {
        one(tx, key, *part, &reason, &[]).await?;
    }
    one(tx, key, whole.root, &reason, &contacts).await
}

async fn one(
    tx: &mut TenantTx,
    key: &TenantKey,
    id: CandidateId,
    reason: &str,
    contacts: &[Contact],
) -> Result<Erasure> {
    let mut stores = forget(tx, id).await?;
    // The document goes when the index hears of the event below.
    stores.push(chassis::subjects::erased(INDEX, 1));
    let erasure_id = ErasureId::new();
    let event = CandidateErased { candidate_id: id.to_string(), erasure_id: erasure_id.to_string() };
    let event_id = outbox::append(tx, id, &event).await?;
    let erasure = new(tx, erasure_id, id, event_id, reason.to_owned(), stores);
    store::erasures::insert(tx, &erasure).await?;
    store::tombstones::insert(tx, key, erasure.id, contacts).await?;
    Ok(erasure)
}

/// Forgets what the service's own tables, log and remembered answers hold about a person. After
/// [`outbox::erasure::begin`].
pub async fn forget(tx: &mut TenantTx, id: CandidateId) -> Result<Vec<ErasedStore>> {
    let mut stores = store::subjects::erase(tx, id).await?;
    let word = id.to_string();
    let log = outbox::erasure::forget(tx, &word, &CandidateErased::full_name()).await?;
    let answers = chassis::idempotency::forget(tx, &word).await?;
    let rest = [("event_log", log.events), ("dead_letters", log.letters), ("remembered_answers", answers)];
    stores.extend(rest.map(|(store, count)| chassis::subjects::erased(store, count)));
    Ok(stores)
}

fn new(
    tx: &TenantTx,
    id: ErasureId,
    candidate: CandidateId,
    event_id: Uuid,
    reason: String,
    stores: Vec<ErasedStore>,
) -> Erasure {
    let counts = stores.into_iter().map(|store| (store.store, store.count)).collect();
    Erasure {
        id,
        candidate,
        event_id,
        reason,
        actor: tx.ctx().actor.to_string(),
        progress: Progress::begun(counts, tx.now()),
        receipt: String::new(),
        request_time: tx.now(),
        finish_time: None,
    }
}
