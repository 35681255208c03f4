//! Hands over what a worker has claimed, each message as soon as it can go, and says what came of it.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use chassis::{TenantId, telemetry};
use chrono::TimeDelta;
use futures::{FutureExt as _, StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, mpsc::UnboundedSender};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{
    Shop,
    concluding::Outcome,
    doors::{self, Doors},
    gates, hand_over,
};
use crate::{
    channels::{Channel, Fault, SendError},
    commands::conclude::{self, Ended},
    domain::{breaker::Admission, ending::Tried, message::Message},
    metrics,
    recipients::{Known, Recipient},
    store::claims::Claimed,
};

/// A worker that has not said anything for so long has died.
pub const LEASE: Duration = Duration::from_secs(90);
/// Handing a message over begins within this, and takes no longer than that. Together they are well within the lease: who
/// lives does not lose it.
const BEGINS_WITHIN: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(40);
/// What the gates have said and where somebody is reached holds for so long; who waits longer at a door is asked about again.
const AT_THE_DOOR: Duration = Duration::from_secs(2);
/// Nobody can be asked where somebody is reached; no try is used up.
const UNREACHED: TimeDelta = TimeDelta::seconds(2);

/// A message can not go now, and is to wait for so long.
struct Wait {
    why: &'static str,
    pause: TimeDelta,
}

/// Hands over what was claimed.
#[derive(Clone)]
pub struct Courier {
    pub shop: Shop,
    pub outcomes: UnboundedSender<Outcome>,
    pub doors: Doors,
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
                self.release_all(group, UNREACHED);
            }
            None => self.release_all(group, TimeDelta::zero()),
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
                self.release_all(group, UNREACHED);
                Vec::new()
            }
        }
    }

    async fn deliver(&self, claimed: Claimed, recipient: Option<Recipient>, since: Instant) {
        let span = tracing::info_span!(
            "send message",
            otel.kind = "producer",
            message = %claimed.message.id,
            channel = claimed.message.channel
        );
        telemetry::continue_from(&span, &claimed.message.traceparent);
        // A fault of an adapter costs the message that it was at, and no other.
        let trying = AssertUnwindSafe(self.try_one(&claimed, recipient, since).instrument(span)).catch_unwind().await;
        let tried =
            trying.unwrap_or(Ok(Tried::Unknown { what: "handing it over failed in a way that nobody foresaw" }));
        // Whoever keeps it has ended only when nobody has an outcome any more.
        match tried {
            Ok(tried) => drop(self.outcomes.send(Outcome::Ended(Ended { claimed, tried }))),
            Err(Wait { why, pause }) => {
                metrics::put_off(why, 1);
                self.release(claimed, pause);
            }
        }
    }

    /// How it ended; or, where it can not go now, how long it is to wait.
    async fn try_one(&self, claimed: &Claimed, recipient: Option<Recipient>, since: Instant) -> Result<Tried, Wait> {
        let message = &claimed.message;
        let Some(recipient) = recipient else {
            return Ok(conclude::tried(Err(SendError::permanent("the candidate is not in the pool any more"))));
        };
        let channel = match self.shop.rack.adapter(claimed.tenant, message.channel_id).await {
            Ok(channel) => channel,
            Err(error) => return Ok(conclude::tried(Err(error))),
        };
        let address = match hand_over::address(&self.shop, claimed.tenant, message, &recipient).await {
            Ok(address) => address,
            Err(error) => return Ok(conclude::tried(Err(error))),
        };
        let _door = self.door(claimed.tenant, channel.key(), since).await?;
        let now = self.shop.house.clock.now();
        if let Admission::Wait(until) = self.shop.breakers.admit(channel.key(), now) {
            let pause = until - now + TimeDelta::milliseconds(rand::random_range(0..1_000));
            return Err(Wait { why: "breaker", pause });
        }
        Ok(self.hand_over(channel.as_ref(), claimed, &recipient, &address).await)
    }

    /// Waits for its turn, and not for so long that what was asked before it holds no more.
    async fn door(&self, tenant: TenantId, key: &str, since: Instant) -> Result<OwnedSemaphorePermit, Wait> {
        let door = tokio::select! {
            biased;
            () = self.shop.house.stop.cancelled() => return Err(Wait { why: "stop", pause: TimeDelta::zero() }),
            door = self.doors.enter(key, AT_THE_DOOR.saturating_sub(since.elapsed())) => door,
        };
        // Nothing is begun that may not be ended while the lease holds.
        door.filter(|_| since.elapsed() < BEGINS_WITHIN).ok_or_else(|| {
            self.doors.note_full(tenant);
            Wait { why: "busy", pause: later() }
        })
    }

    async fn hand_over(&self, channel: &dyn Channel, claimed: &Claimed, recipient: &Recipient, address: &str) -> Tried {
        let (message, breakers) = (&claimed.message, &self.shop.breakers);
        let begin = Instant::now();
        let handing = hand_over::run(&self.shop, channel, claimed.tenant, message, recipient, address);
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(PATIENCE, handing) => outcome.unwrap_or_else(|_| Err(unanswered(message))),
            () = self.late.cancelled() => return Tried::Unknown { what: "the process stopped in the middle of it" },
        };
        metrics::DURATION.record(begin.elapsed().as_secs_f64(), &metrics::channel(&message.channel));
        match &outcome {
            Ok(()) | Err(SendError::Permanent { fault: Fault::Address | Fault::Message, .. }) => {
                breakers.succeeded(channel.key());
            }
            Err(_) => breakers.failed(channel.key(), self.shop.house.clock.now()),
        }
        conclude::tried(outcome)
    }

    fn release_all(&self, group: Vec<Claimed>, pause: TimeDelta) {
        for claimed in group {
            self.release(claimed, pause);
        }
    }

    /// As if it had not been claimed.
    fn release(&self, claimed: Claimed, pause: TimeDelta) {
        let now = self.shop.house.clock.now();
        let _ = self.outcomes.send(Outcome::Released(claimed, now + pause));
    }
}

/// When those come back who found their doors full.
pub fn later() -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(doors::FULL.as_millis()).unwrap_or(i64::MAX))
}

fn unanswered(message: &Message) -> SendError {
    let what = "no answer in time";
    if message.would_be_known() { SendError::in_doubt(what) } else { SendError::Lost { what: what.to_owned() } }
}
