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

use super::{Shop, concluding::Outcome, gates, hand_over};
use crate::{
    channels::{Fault, SendError},
    commands::conclude::{self, Ended},
    domain::{breaker::Admission, ending::Tried},
    metrics,
    recipients::{Known, Recipient},
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
                let group = self.those_that_may_go(tenant, group, &known).await;
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

    /// Asks the gates again; what they keep is kept. While they can not be asked nothing goes, and no try is used up.
    async fn those_that_may_go(&self, tenant: TenantId, group: Vec<Claimed>, known: &Known) -> Vec<Claimed> {
        match gates::ask(&self.shop, tenant, &group, known).await {
            Ok(kept) => {
                let (kept, go): (Vec<Claimed>, Vec<Claimed>) =
                    group.into_iter().partition(|claimed| kept.contains(&claimed.message.id));
                for claimed in kept {
                    let _ = self.outcomes.send(Outcome::TurnedAway(claimed.message.id));
                }
                go
            }
            Err(error) => {
                tracing::debug!(%error, "the gates can not be asked; messages are put off");
                metrics::put_off("gates", group.len());
                group.into_iter().for_each(|claimed| self.release(claimed, UNREACHED));
                Vec::new()
            }
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
        // Whoever keeps it has ended only when nobody has an outcome any more.
        match self.try_one(&claimed, recipient).instrument(span).await {
            Ok(tried) => drop(self.outcomes.send(Outcome::Ended(Ended { claimed, tried }))),
            Err(pause) => {
                metrics::put_off("breaker", 1);
                self.release(claimed, pause);
            }
        }
    }

    /// How it ended; or, where the way out is shut, how long it is to wait.
    async fn try_one(&self, claimed: &Claimed, recipient: Option<Recipient>) -> Result<Tried, TimeDelta> {
        let (message, breakers) = (&claimed.message, &self.shop.breakers);
        let Some(recipient) = recipient else {
            return Ok(conclude::tried(Err(SendError::permanent("the candidate is not in the pool any more"))));
        };
        let channel = match self.shop.rack.adapter(claimed.tenant, message.channel_id).await {
            Ok(channel) => channel,
            Err(error) => return Ok(conclude::tried(Err(error))),
        };
        let now = self.shop.house.clock.now();
        if let Admission::Wait(until) = breakers.admit(channel.key(), now) {
            return Err(until - now + TimeDelta::milliseconds(rand::random_range(0..1_000)));
        }
        let begin = Instant::now();
        let handing = hand_over::run(&self.shop, channel.as_ref(), claimed.tenant, message, &recipient);
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(PATIENCE, handing) => {
                outcome.unwrap_or_else(|_| Err(SendError::in_doubt("no answer in time")))
            }
            () = self.late.cancelled() => {
                return Ok(Tried::Unknown { what: "the process stopped in the middle of it" });
            }
        };
        metrics::DURATION.record(begin.elapsed().as_secs_f64(), &metrics::channel(&message.channel));
        match &outcome {
            Ok(()) | Err(SendError::Permanent { fault: Fault::Address | Fault::Message, .. }) => {
                breakers.succeeded(channel.key());
            }
            Err(_) => breakers.failed(channel.key(), self.shop.house.clock.now()),
        }
        Ok(conclude::tried(outcome))
    }

    /// As if it had not been claimed.
    fn release(&self, claimed: Claimed, pause: TimeDelta) {
        let now = self.shop.house.clock.now();
        let _ = self.outcomes.send(Outcome::Released(claimed, now + pause));
    }
}
