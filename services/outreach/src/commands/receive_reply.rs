//! Something came back. Whose it is follows from what it names, the best first; what names nothing of ours waits.

use chassis::{Result, TenantTx};
use usher_proto::outreach::v1::ReplyMatch;

use super::follow_reply;
use crate::{
    domain::{
        gate::person::address_hash,
        message::Message,
        reply::{
            Reply,
            address::{Place, unknown},
            arrival::{Arrival, Clue},
        },
    },
    store,
};

/// Keeps it and does what follows. One that came before is what it was. Errors: `NOT_FOUND` (`ADDRESS_UNKNOWN`) when the
/// message is not there any more whose address it was sent to.
pub async fn run(tx: &mut TenantTx, place: Place, mut arrival: Arrival) -> Result<Reply> {
    if let Some(known) = store::replies::known_by(tx, &arrival.known_by).await? {
        return Ok(known);
    }
    let found = find(tx, &arrival.clues).await?;
    if let Place::Message(_, message) = place
        && found.as_ref().is_none_or(|(found, _)| found.id != message)
    {
        return Err(unknown());
    }
    let went_to = match &found {
        Some((message, _)) => store::replies::went_to(tx, message.id).await?,
        None => None,
    };
    let (vault, tenant) = (tx.vault(), tx.tenant());
    let channel = arrival.channel.clone();
    let hash = |address: &str| address_hash(&vault, tenant, &channel, address);
    if went_to.is_some() {
        arrival.turn_to(|address| hash(address) == went_to);
    }
    let mut reply = Reply::waiting(arrival, hash, tx.now());
    if let Some((message, how)) = &found {
        reply.answers(message.id, *how, went_to.as_deref());
    }
    if !store::replies::insert(tx, &reply).await? {
        // Somebody brought the same at the same time.
        return store::replies::known_by(tx, &reply.known_by).await?.ok_or_else(unknown);
    }
    if let Some((message, _)) = &found {
        follow_reply::run(tx, &reply, message).await?;
    }
    Ok(reply)
}

/// The first that is there of the tenant's.
async fn find(tx: &mut TenantTx, clues: &[Clue]) -> Result<Option<(Message, ReplyMatch)>> {
    let ids: Vec<_> = clues.iter().map(|clue| clue.message).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let mut there = store::messages::of(tx, &ids).await?;
    Ok(clues.iter().find_map(|clue| {
        let place = there.iter().position(|message| message.id == clue.message)?;
        Some((there.swap_remove(place), clue.how))
    }))
}
