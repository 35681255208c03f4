//! The gates are asked again before what was claimed goes, for many of a tenant at once.

use std::collections::HashSet;

use chassis::{Result, TenantCtx, TenantId};

use super::Shop;
use crate::{
    commands::gate::{
        recheck::{self, Answer, Asked},
        turn_away,
    },
    domain::{gate::person::Person, message::MessageId},
    recipients::Known,
    store::{self, claims::Claimed},
};

/// Which of them may not go after all; that is kept, and nobody has these in hand any more. One whose reader talent does not
/// know is not asked about.
pub async fn ask(shop: &Shop, tenant: TenantId, group: &[Claimed], known: &Known) -> Result<HashSet<MessageId>> {
    let mut people = Vec::new();
    for claimed in group {
        if let Some(recipient) = known.get(&claimed.message.draft.candidate_id) {
            people.push((claimed, Person::of(recipient)));
        }
    }
    let asked: Vec<Asked<'_>> =
        people.iter().map(|(claimed, person)| Asked { message: &claimed.message, person }).collect();
    let mut kept = HashSet::new();
    if asked.is_empty() {
        return Ok(kept);
    }
    let mut tx = shop.db.begin(&TenantCtx::service(tenant, "outreach")).await?;
    let answers = recheck::run(&mut tx, &asked).await?;
    for ((claimed, _), answer) in people.iter().zip(answers) {
        if matches!(answer, Answer::Pass) {
            continue;
        }
        let now = store::messages::lock(&mut tx, claimed.message.id).await?;
        turn_away::run(&mut tx, now, claimed.number, answer).await?;
        kept.insert(claimed.message.id);
    }
    tx.commit().await?;
    if !kept.is_empty() {
        shop.queued.notify_one();
    }
    Ok(kept)
}
