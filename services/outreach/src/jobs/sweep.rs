//! Takes back what has been out for too long: told to a Redis that has forgotten it, or in the hand of a worker that died.

use std::{collections::BTreeMap, time::Duration};

use chassis::{Result, TenantId};
use redis::aio::MultiplexedConnection;
use tokio::time::Instant;

use super::{Shop, concluding, enqueue, lanes};
use crate::{
    commands::conclude::Ended,
    domain::ending::Tried,
    store::{
        claims::{self, Claimed},
        queue,
    },
};

/// Messages that are taken over in one look.
const LOOK: i64 = 200;

/// When PostgreSQL is back after it was away, whoever has kept what came of tries meanwhile goes first.
const FIRST: Duration = Duration::from_secs(3);

/// What takes back, and since when PostgreSQL has answered it.
#[derive(Debug, Default)]
pub struct Sweep {
    answered_since: Option<Instant>,
}

impl Sweep {
    /// One sweep; what fails is left to the next.
    pub async fn run(&mut self, shop: &Shop, redis: &mut Option<MultiplexedConnection>) {
        shop.recipients.age();
        let since = *self.answered_since.get_or_insert_with(Instant::now);
        if let Err(error) = take_back(shop, since.elapsed() >= FIRST).await {
            self.answered_since = None;
            tracing::debug!(%error, "what is out for too long could not be taken back; the next sweep will");
        }
        let trimmed = match enqueue::connected(shop, redis).await {
            Ok(connection) => lanes::trim(&shop.house.redis, connection).await,
            Err(error) => Err(error),
        };
        if let Err(error) = trimmed {
            *redis = None;
            tracing::debug!(%error, "old tickets could not be dropped; the next sweep will");
        }
    }
}

async fn take_back(shop: &Shop, hands_too: bool) -> Result<()> {
    let mut tx = shop.db.begin_system().await?;
    let told = queue::distrust_old(&mut tx).await?;
    let lost = if hands_too { claims::lost(&mut tx, LOOK).await? } else { Vec::new() };
    tx.commit().await?;
    if told > 0 {
        tracing::info!(messages = told, "Redis was told and nobody came; they are told again");
    }
    if lost.is_empty() {
        return Ok(());
    }
    tracing::warn!(messages = lost.len(), "workers were lost with messages in hand; these are taken over");
    let mut by_tenant: BTreeMap<TenantId, Vec<Claimed>> = BTreeMap::new();
    for claimed in lost {
        by_tenant.entry(claimed.tenant).or_default().push(claimed);
    }
    for (tenant, claimed) in by_tenant {
        let tried = Tried::Unknown { what: "the worker was lost" };
        let ended = claimed.into_iter().map(|claimed| Ended { claimed, tried: tried.clone() }).collect();
        concluding::keep(shop, BTreeMap::from([(tenant, ended)])).await?;
    }
    Ok(())
}
