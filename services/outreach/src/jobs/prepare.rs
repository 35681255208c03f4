//! Prepares what events asked for.

use std::time::Duration;

use chassis::{Error, Result, TenantCtx, telemetry};
use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use tracing::Instrument as _;

use super::Shop;
use crate::{
    commands,
    store::{
        self,
        queue::{self, Ticket},
    },
};

/// Messages per look, and how many at once.
const LOOK: i64 = 100;
const AT_ONCE: usize = 8;
/// Between two looks.
const EVERY: Duration = Duration::from_millis(100);
/// A message whose preparation failed for the moment is tried again after so long.
const LATER: TimeDelta = TimeDelta::seconds(2);

/// Prepares until stopped. Any number of processes may do it at once: the row is locked while it is decided on.
pub async fn run(shop: Shop) {
    let mut rounds = shop.house.clock.rounds(EVERY);
    while !shop.house.stop.is_cancelled() {
        match look(&shop).await {
            Ok(0) => {}
            Ok(_) => {
                shop.queued.notify_waiters();
                continue;
            }
            Err(error) => tracing::warn!(%error, "accepted messages could not be looked at; the next look will"),
        }
        tokio::select! {
            () = rounds.next() => {}
            () = shop.house.stop.cancelled() => {}
        }
    }
}

/// One look. The answer is how many were prepared.
async fn look(shop: &Shop) -> Result<usize> {
    let mut system = shop.db.begin_system().await?;
    let tickets = queue::accepted(&mut system, LOOK).await?;
    drop(system);
    let done = stream::iter(tickets)
        .map(|ticket| async move {
            let outcome = prepare(shop, ticket).await;
            if let Err(error) = &outcome {
                tracing::warn!(message = %ticket.message_id, %error, "a message could not be prepared yet");
                if let Err(error) = put_off(shop, ticket, error).await {
                    tracing::warn!(message = %ticket.message_id, %error, "and could not be put off");
                }
            }
            outcome.is_ok()
        })
        .buffer_unordered(AT_ONCE)
        .filter(|done| std::future::ready(*done))
        .count()
        .await;
    Ok(done)
}

async fn prepare(shop: &Shop, ticket: Ticket) -> Result<()> {
    let ctx = TenantCtx::service(ticket.tenant_id, "outreach");
    let mut tx = shop.db.begin(&ctx).await?;
    let seen = store::messages::get(&mut tx, ticket.message_id).await?;
    drop(tx);
    let span = tracing::info_span!("prepare message", otel.kind = "consumer", message = %ticket.message_id);
    telemetry::continue_from(&span, &seen.traceparent);
    async {
        let (house, rack) = (&shop.house, &shop.rack);
        let gathered = commands::prepare::gather(house, rack, ticket.tenant_id, &seen.draft, false).await?;
        let mut tx = shop.db.begin(&ctx).await?;
        let mut message = store::messages::lock(&mut tx, ticket.message_id).await?;
        // Another process may have been faster, or somebody has stopped it.
        if store::messages::is_accepted(&message) {
            let outcome = commands::prepare::examine(&mut tx, &message.draft.clone(), &gathered).await?;
            commands::prepare::keep(&mut tx, &mut message, outcome).await?;
            tx.commit().await?;
        }
        Ok(())
    }
    .instrument(span)
    .await
}

/// Tries again later; what can never be prepared is refused with its reason.
async fn put_off(shop: &Shop, ticket: Ticket, error: &Error) -> Result<()> {
    let mut tx = shop.db.begin(&TenantCtx::service(ticket.tenant_id, "outreach")).await?;
    let mut message = store::messages::lock(&mut tx, ticket.message_id).await?;
    if !store::messages::is_accepted(&message) {
        return Ok(());
    }
    if error.is_transient() || error.code() == tonic::Code::Internal || error.code() == tonic::Code::Unknown {
        message.next_time = tx.now() + LATER;
        store::messages::update(&mut tx, &message).await?;
    } else {
        let outcome = crate::domain::compose::Outcome {
            verdicts: vec![crate::domain::message::Verdict {
                gate: "address".to_owned(),
                passed: false,
                reason: error.reason().to_owned(),
                detail: error.message().to_owned(),
                time: tx.now(),
                defer_until: None,
            }],
            ..crate::domain::compose::Outcome::default()
        };
        commands::prepare::keep(&mut tx, &mut message, outcome).await?;
    }
    tx.commit().await?;
    Ok(())
}
