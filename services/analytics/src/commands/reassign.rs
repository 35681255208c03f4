//! Applications are another person's from now on: who forgets that person, forgets them. What comes to somebody who is forgotten
//! already goes as they did.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use uuid::Uuid;

use super::erase;
use crate::{domain::generation::Generation, store};

/// Applications, each with whose it is now; the last word counts.
pub async fn run(tx: &mut TenantTx, generation: Generation, moved: &[(Uuid, Uuid)]) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    store::generations::hold(tx, generation).await?;
    let moved: BTreeMap<Uuid, Uuid> = moved.iter().copied().collect();
    let people: Vec<Uuid> = moved.values().copied().collect();
    let erased = outbox::erasure::erased_among(tx, &people).await?;
    store::roots::give(tx, generation, &moved).await?;
    let gone: Vec<Uuid> =
        moved.iter().filter(|(_, person)| erased.contains(person)).map(|(application, _)| *application).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let is_serving = store::generations::serving(tx).await? == Some(generation);
    erase::forget(tx, generation, &gone, is_serving).await?;
    Ok(())
}
