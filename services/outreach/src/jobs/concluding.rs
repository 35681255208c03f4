//! Keeps what came of tries: whatever has ended while the last commit was under way goes with the next one.

use std::{collections::BTreeMap, time::Duration};

use chassis::{Result, TenantCtx, TenantId};
use chrono::{DateTime, Utc};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Shop, hand::Hand};
use crate::{
    commands::conclude::{self, Ended},
    domain::{ending::Ending, message::MessageId},
    store::{
        claims::{self, Claimed, Released},
        queue::Ticket,
    },
};

/// Messages in one transaction.
const AT_ONCE: usize = 256;
/// Between two tries to keep it.
const PAUSE: Duration = Duration::from_millis(250);
/// A process that stops gives up after so many, and what it could not keep is taken over.
const LAST_TRIES: u32 = 12;
/// What spoils itself is tried so often.
const ALONE: u32 = 4;

/// How it ended that a worker had a message.
#[derive(Debug)]
pub enum Outcome {
    Ended(Ended),
    /// It was not tried; it is up again at this time.
    Released(Claimed, DateTime<Utc>),
    /// A gate has kept it, and that is kept already.
    TurnedAway(MessageId),
}

impl Outcome {
    fn id(&self) -> MessageId {
        match self {
            Self::Ended(ended) => ended.claimed.message.id,
            Self::Released(claimed, _) => claimed.message.id,
            Self::TurnedAway(id) => *id,
        }
    }
}

/// Keeps outcomes until nobody has any more.
pub async fn run(shop: Shop, hand: Hand, mut outcomes: UnboundedReceiver<Outcome>) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while outcomes.recv_many(&mut batch, AT_ONCE).await > 0 {
        let ids: Vec<MessageId> = batch.iter().map(Outcome::id).collect();
        let mut released = Vec::new();
        let mut ended: BTreeMap<TenantId, Vec<Ended>> = BTreeMap::new();
        for outcome in batch.drain(..) {
            match outcome {
                Outcome::Ended(one) => ended.entry(one.claimed.tenant).or_default().push(one),
                Outcome::Released(claimed, next_time) => released.push(Released {
                    ticket: Ticket::of(claimed.tenant, &claimed.message),
                    number: claimed.number,
                    next_time,
                }),
                Outcome::TurnedAway(_) => {}
            }
        }
        if !ended.is_empty() {
            keep_surely(&shop, ended).await;
        }
        if !released.is_empty() {
            if let Err(error) = release(&shop, &released).await {
                tracing::warn!(%error, "messages could not be given back; they are taken over when their leases end");
            }
            shop.queued.notify_one();
        }
        hand.free(&ids);
    }
}

/// What a mail server has taken must not be forgotten because PostgreSQL is away for the moment: it would go out again. So
/// it is held for as long as it takes.
async fn keep_surely(shop: &Shop, ended: BTreeMap<TenantId, Vec<Ended>>) {
    let mut failures = 0;
    while let Err(error) = keep(shop, ended.clone()).await {
        failures += 1;
        let is_one = ended.values().map(Vec::len).sum::<usize>() == 1;
        if !error.is_transient() && !is_one {
            // One of them spoils it for the others.
            for one in ended.into_values().flatten() {
                Box::pin(keep_surely(shop, BTreeMap::from([(one.claimed.tenant, vec![one])]))).await;
            }
            return;
        }
        let is_last = shop.house.stop.is_cancelled() && failures >= LAST_TRIES;
        if is_last || (!error.is_transient() && failures >= ALONE) {
            tracing::warn!(%error, "what came of messages could not be kept; they are tried again");
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Keeps what came of tries of any tenants, in one transaction.
pub async fn keep(shop: &Shop, ended: BTreeMap<TenantId, Vec<Ended>>) -> Result<()> {
    let mut tenants = ended.into_iter();
    let Some((first, of_first)) = tenants.next() else { return Ok(()) };
    let mut tx = shop.db.begin(&TenantCtx::service(first, "outreach")).await?;
    let mut kept = conclude::run(&mut tx, of_first).await?;
    for (tenant, of_tenant) in tenants {
        tx.switch(TenantCtx::service(tenant, "outreach")).await?;
        kept.extend(conclude::run(&mut tx, of_tenant).await?);
    }
    tx.commit().await?;
    conclude::count(&kept);
    if kept.iter().any(|kept| matches!(kept.ending, Ending::Again(_) | Ending::NextChannel)) {
        shop.queued.notify_one();
    }
    Ok(())
}

async fn release(shop: &Shop, released: &[Released]) -> Result<()> {
    let mut tx = shop.db.begin_system().await?;
    claims::release(&mut tx, released).await?;
    tx.commit().await
}
