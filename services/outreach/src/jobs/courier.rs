//! Hands over what a worker has claimed, each message as soon as it can go, and says what came of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chassis::{TenantId, telemetry};
use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use tokio::sync::{Semaphore, mpsc::UnboundedSender};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Shop, concluding::Outcome, hand_over};
use crate::{
    channels::SendError,
    commands::conclude::{self, Ended},
    domain::ending::Tried,
    metrics,
    recipients::Recipient,
    store::claims::Claimed,
};

/// A worker that has not said anything for so long has died.
pub const LEASE: Duration = Duration::from_secs(60);
/// The longest that handing one message over may take, well within the lease: who lives does not lose it.
const PATIENCE: Duration = Duration::from_secs(40);
/// Nobody can be asked where somebody is reached; no try is used up.
const UNREACHED: TimeDelta = TimeDelta::seconds(2);

/// Hands over what was claimed.
#[derive(Clone)]
pub struct Courier {
    pub shop: Shop,
    pub outcomes: UnboundedSender<Outcome>,
    /// So many are handed over at once.
    pub doors: Arc<Semaphore>,
    /// Cancelled when a stopping process waits no longer.
    pub late: CancellationToken,
}

impl Courier {
    /// Hands a tenant's messages over, each as soon as it can go.
    pub async fn deliver_all(self, tenant: TenantId, group: Vec<Claimed>, since: Instant) {
        let ids = group.iter().map(|claimed| claimed.message.draft.candidate_id.clone()).collect();
        let known = tokio::select! {
            known = self.shop.recipients.recall(tenant, ids) => Some(known),
            () = self.shop.house.stop.cancelled() => None,
        };
        match known {
            Some(Ok(known)) => {
                let deliver = |claimed: Claimed| {
                    let recipient = known.get(&claimed.message.draft.candidate_id).cloned();
                    self.deliver(claimed, recipient, since)
                };
                stream::iter(group).for_each_concurrent(None, deliver).await;
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "nobody can be asked where people are reached; their messages are put off");
                metrics::put_off("recipient", group.len());
                group.into_iter().for_each(|claimed| self.release(claimed, UNREACHED));
            }
            None => group.into_iter().for_each(|claimed| self.release(claimed, TimeDelta::zero())),
        }
    }

    async fn deliver(&self, claimed: Claimed, recipient: Option<Recipient>, since: Instant) {
        let door = tokio::select! {
            biased;
            () = self.shop.house.stop.cancelled() => None,
            door = self.doors.acquire() => door.ok(),
        };
        // Nothing is begun that may not be ended while the lease holds.
        if door.is_none() || since.elapsed() > LEASE - PATIENCE {
            metrics::put_off("stop", 1);
            return self.release(claimed, TimeDelta::zero());
        }
        let message = &claimed.message;
        let span = tracing::info_span!(
            "send message",
            otel.kind = "producer",
            message = %message.id,
            channel = message.channel
        );
        telemetry::continue_from(&span, &message.traceparent);
        let tried = self.try_one(&claimed, recipient).instrument(span).await;
        // Whoever keeps it has ended only when nobody has an outcome any more.
        let _ = self.outcomes.send(Outcome::Ended(Ended { claimed, tried }));
    }

    async fn try_one(&self, claimed: &Claimed, recipient: Option<Recipient>) -> Tried {
        let Some(recipient) = recipient else {
            return conclude::tried(Err(SendError::permanent("the candidate is not in the pool any more")));
        };
        let (message, breakers) = (&claimed.message, &self.shop.breakers);
        let begin = Instant::now();
        let handing = tokio::time::timeout(PATIENCE, hand_over::run(&self.shop, message, &recipient));
        let outcome = tokio::select! {
            outcome = handing => outcome.unwrap_or_else(|_| Err(SendError::transient("no answer in time"))),
            () = self.late.cancelled() => return Tried::Unknown { what: "the process stopped in the middle of it" },
        };
        metrics::DURATION.record(begin.elapsed().as_secs_f64(), &metrics::channel(&message.channel));
        match &outcome {
            Err(SendError::Transient { .. }) => breakers.failed(&message.channel, self.shop.house.clock.now()),
            Ok(()) | Err(SendError::Permanent { .. }) => breakers.succeeded(&message.channel),
        }
        conclude::tried(outcome)
    }

    /// As if it had not been claimed.
    fn release(&self, claimed: Claimed, pause: TimeDelta) {
        let now = self.shop.house.clock.now();
        self.shop.breakers.unseen(&claimed.message.channel, now);
        let _ = self.outcomes.send(Outcome::Released(claimed, now + pause));
    }
}
