//! A person is forgotten: here at once, and elsewhere by a job (`jobs::erase`).

use chassis::{Error, Result, TenantTx, wire};
use prost::Name as _;
use usher_proto::{
    privacy::v1::ErasedStore,
    talent::v1::{CandidateErased, RequestErasureRequest},
};
use uuid::Uuid;

use super::keep_engagement;
use crate::{
    domain::{
        candidate::CandidateId,
        clean::text,
        contact::Contact,
        erasure::{Erasure, ErasureId, Progress},
    },
    keys::TenantKey,
    store::{self, merges::Whole},
};

/// In the receipt, beside the tables.
const INDEX: &str = "search_index";

pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: RequestErasureRequest) -> Result<Erasure> {
    let id: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    let reason = text::required("reason", &request.reason, 500)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    // First of all, as handlers and other erasures do: what is read from here on is read by nobody else who forgets.
    outbox::erasure::begin(tx, id.0).await?;
    if let Some(known) = store::erasures::of_candidate(tx, id).await? {
        return Ok(known);
    }
    // People who were made one are forgotten together, each with a receipt; those who are a part have no contact points.
    let whole = hold_whole(tx, id).await?;
    for member in &whole.members {
        outbox::erasure::mark(tx, member.0).await?;
    }
    let root = store::candidates::get(tx, key, whole.root).await?;
    let contacts: Vec<Contact> = root.profile.contacts().collect();
    let parted = store::merges::parted_from(tx, &whole.members).await?;
    // An event may name several of them, so what was said of them all counts with the one who stands for them.
    let mut said = forget_said(tx, &whole.members).await?;
    let mut asked = None;
    for member in &whole.members {
        let mut stores = store::subjects::erase(tx, *member).await?;
        stores.append(&mut said);
        let contacts = if *member == whole.root { contacts.as_slice() } else { &[] };
        let erasure = one(tx, key, *member, &reason, contacts, stores).await?;
        asked = asked.or_else(|| (*member == id).then_some(erasure));
    }
    say_of_parted(tx, &parted).await?;
    // Whoever was asked for is one of them.
    asked.ok_or_else(concurrent)
}

/// A person with all who are part of them, whom nobody merges or parts before this transaction ends. Whoever does, holds
/// the one who stands for them.
async fn hold_whole(tx: &mut TenantTx, id: CandidateId) -> Result<Whole> {
    let root = store::merges::root(tx, id).await?;
    store::candidates::hold(tx, root).await?;
    let whole = store::merges::whole(tx, id).await?;
    if whole.root == root { Ok(whole) } else { Err(concurrent()) }
}

/// That people were parted is forgotten with one of them, perhaps before search has heard of it. Whoever stays is looked at
/// anew, so that nothing of the other is found with them.
async fn say_of_parted(tx: &mut TenantTx, parted: &[CandidateId]) -> Result<()> {
    if parted.is_empty() { Ok(()) } else { keep_engagement::say(tx, parted).await }
}

fn concurrent() -> Error {
    Error::aborted("CONCURRENT_CHANGE", "somebody else is merging or parting this person just now; repeat it")
}

async fn one(
    tx: &mut TenantTx,
    key: &TenantKey,
    id: CandidateId,
    reason: &str,
    contacts: &[Contact],
    mut stores: Vec<ErasedStore>,
) -> Result<Erasure> {
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
    let said = forget_said(tx, &[id]).await?;
    let mut stores = store::subjects::erase(tx, id).await?;
    stores.extend(said);
    Ok(stores)
}

/// While two were one, what was said of an application named whoever stood for them. So this comes before the timelines go,
/// which know the applications.
async fn forget_said(tx: &mut TenantTx, ids: &[CandidateId]) -> Result<Vec<ErasedStore>> {
    let mut words: Vec<String> = ids.iter().map(ToString::to_string).collect();
    words.extend(store::timeline::applications(tx, ids).await?);
    outbox::erasure::forget(tx, &words, &CandidateErased::full_name()).await
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
