//! What nobody has claimed for long is forgotten: a reply of which it is not known whose it is can not go with the person who
//! wrote it.

use std::time::Duration;

use chassis::{Actor, Result};
use chrono::TimeDelta;

use super::Shop;
use crate::store;

/// Between two looks.
const EVERY: Duration = Duration::from_hours(1);
/// So long somebody has to say whose a reply is.
const WAITS: TimeDelta = TimeDelta::days(90);
const REASON: &str = "Nobody said within 90 days whose it is.";

/// Until stopped. Any number of processes may do it at once.
pub async fn run(shop: Shop) {
    let mut rounds = shop.house.clock.rounds(EVERY);
    while !shop.house.stop.is_cancelled() {
        if let Err(error) = look(&shop).await {
            tracing::warn!(%error, "old replies could not be forgotten; the next look will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = shop.house.stop.cancelled() => {}
        }
    }
}

async fn look(shop: &Shop) -> Result<()> {
    let mut tx = shop.db.begin_system().await?;
    let before = tx.now() - WAITS;
    let count = store::replies::dismiss_old(&mut tx, before, &Actor::service("outreach").to_string(), REASON).await?;
    tx.commit().await?;
    if count > 0 {
        tracing::info!(replies = count, "what nobody has claimed for long is forgotten");
    }
    Ok(())
}
