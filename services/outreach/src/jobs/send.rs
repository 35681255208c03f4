//! The workers: read tickets from Redis, claim their messages in PostgreSQL, hand them to the channel.
//!
//! A process claims ahead of what it hands over at once, as far as it goes fast (see [`super::hand`]), so that a batch does not
//! wait for its slowest message. What comes of it is kept by [`super::concluding`].

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

use chassis::{Result, TenantId};
use chrono::{DateTime, Utc};
use redis::aio::MultiplexedConnection;
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    Shop, concluding,
    courier::{self, Courier, LEASE},
    doors::Doors,
    hand::Hand,
    limits::{self, Group},
    reader::Reader,
};
use crate::{
    domain::priority::Priority,
    metrics,
    store::{
        claims::{self, Claimed},
        queue::{self, Ticket},
    },
};

/// What is under way when the process stops has so long to end.
const GRACE: Duration = Duration::from_secs(15);

/// Sends on one channel until stopped. What was begun by then is ended, and what was not is given back.
pub async fn run(shop: Shop, channel: &'static str, at_once: usize) {
    let hand = Hand::new(at_once);
    let (outcomes, ended) = mpsc::unbounded_channel();
    let concluding = tokio::spawn(concluding::run(shop.clone(), hand.clone(), ended));
    let (doors, late) = (Doors::new(at_once), CancellationToken::new());
    let courier = Courier { shop: shop.clone(), outcomes, doors, late };
    let mut worker = Worker { channel, courier, hand, limiter: None, groups: JoinSet::new() };
    while !shop.house.stop.is_cancelled() {
        if let Err(error) = worker.work().await {
            tracing::debug!(%error, "the queue is out of reach; trying again");
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(250)) => {}
                () = shop.house.stop.cancelled() => {}
            }
        }
    }
    worker.drain().await;
    drop(worker);
    if concluding.await.is_err() {
        tracing::warn!("what came of the last messages may not be kept; these are taken over");
    }
}

/// After a claim for which there was more room so long passes for the next one to gather: the first message goes at once, and
/// those of a crowd cost a claim together.
const GATHER: Duration = Duration::from_millis(30);

struct Worker {
    channel: &'static str,
    courier: Courier,
    hand: Hand,
    /// The connection for the limits, where there are some.
    limiter: Option<MultiplexedConnection>,
    groups: JoinSet<()>,
}

impl Worker {
    async fn work(&mut self) -> Result<()> {
        let house = self.courier.shop.house.clone();
        let mut reader = Reader::open(&house.redis, self.channel).await?;
        loop {
            while self.groups.try_join_next().is_some() {}
            let free = tokio::select! {
                free = self.hand.room() => free,
                () = house.stop.cancelled() => break,
            };
            if house.stop.is_cancelled() {
                break;
            }
            let read = {
                let waker = reader.waker();
                let reading = reader.read(free);
                tokio::pin!(reading);
                tokio::select! {
                    read = &mut reading => read?,
                    () = house.stop.cancelled() => {
                        waker.wake(&house.redis).await;
                        reading.await?
                    }
                }
            };
            if read.forgotten {
                self.distrust().await?;
            }
            if house.stop.is_cancelled() {
                self.give_back(&read.tickets).await?;
                break;
            }
            if read.tickets.is_empty() {
                continue;
            }
            self.take(&read.tickets).await?;
            if read.tickets.len() < free {
                tokio::select! {
                    () = tokio::time::sleep(GATHER) => {}
                    () = house.stop.cancelled() => {}
                }
            }
        }
        reader.close().await;
        Ok(())
    }

    /// Redis has forgotten what it was told.
    async fn distrust(&self) -> Result<()> {
        let shop = &self.courier.shop;
        let mut tx = shop.db.begin_system().await?;
        let count = queue::distrust(&mut tx, self.channel).await?;
        tx.commit().await?;
        if count > 0 {
            tracing::warn!(
                channel = self.channel,
                messages = count,
                "Redis has forgotten its streams; they are told again"
            );
            shop.queued.notify_one();
        }
        Ok(())
    }

    /// What was read when the process stops, so that others need not wait until Redis is trusted no more.
    async fn give_back(&self, tickets: &[(Priority, Ticket)]) -> Result<()> {
        let tickets: Vec<Ticket> = tickets.iter().map(|(_, ticket)| *ticket).collect();
        let mut tx = self.courier.shop.db.begin_system().await?;
        queue::trust_no_more(&mut tx, &tickets).await?;
        tx.commit().await
    }

    /// Claims what may go and has it handed over; what may not go yet is put off.
    async fn take(&mut self, tickets: &[(Priority, Ticket)]) -> Result<()> {
        let mut seen = HashSet::new();
        let tickets: Vec<(Priority, Ticket)> = tickets
            .iter()
            .filter(|(_, ticket)| !self.hand.has(ticket.message_id) && seen.insert(ticket.message_id))
            .copied()
            .collect();
        let (go, later) = self.sift(tickets).await?;
        let shop = &self.courier.shop;
        let mut tx = shop.db.begin_system().await?;
        if !later.is_empty() {
            claims::put_off(&mut tx, &later).await?;
        }
        let claimed = if go.is_empty() { Vec::new() } else { claims::claim(&mut tx, &go, LEASE.as_secs_f64()).await? };
        let now = tx.now();
        tx.commit().await?;
        if !later.is_empty() {
            shop.queued.notify_one();
        }
        self.hand.take(claimed.iter().map(|claimed| claimed.message.id));
        let mut by_tenant: BTreeMap<TenantId, Vec<Claimed>> = BTreeMap::new();
        for claimed in claimed {
            let late = (now - claimed.message.next_time).num_milliseconds();
            #[expect(clippy::cast_precision_loss, reason = "a metric")]
            metrics::LATENESS.record(late.max(0) as f64 / 1_000.0, &metrics::channel(self.channel));
            by_tenant.entry(claimed.tenant).or_default().push(claimed);
        }
        let since = Instant::now();
        for (tenant, group) in by_tenant {
            self.groups.spawn(self.courier.clone().deliver_all(tenant, group, since));
        }
        Ok(())
    }

    /// Which tickets may go now, and which later and when.
    async fn sift(&mut self, tickets: Vec<(Priority, Ticket)>) -> Result<(Vec<Ticket>, Vec<(Ticket, DateTime<Utc>)>)> {
        let (busy, tickets): (Vec<_>, Vec<_>) =
            tickets.into_iter().partition(|(_, ticket)| self.courier.doors.were_full(ticket.tenant_id));
        let then = self.courier.shop.house.clock.now() + courier::later();
        metrics::put_off("busy", busy.len());
        let mut later: Vec<(Ticket, DateTime<Utc>)> = busy.into_iter().map(|(_, ticket)| (ticket, then)).collect();
        let before = later.len();
        let mut asked: BTreeMap<Group, usize> = BTreeMap::new();
        for (priority, ticket) in &tickets {
            *asked.entry(Group::of(*priority, ticket)).or_default() += 1;
        }
        let mut grants = limits::ask(&self.courier.shop, &mut self.limiter, self.channel, &asked).await?;
        let mut go = Vec::new();
        for (priority, ticket) in tickets {
            match grants.get_mut(&Group::of(priority, &ticket)) {
                Some(grant) if grant.now == 0 => {
                    later.push((ticket, grant.next));
                    grant.next += grant.apart;
                }
                Some(grant) => {
                    grant.now -= 1;
                    go.push(ticket);
                }
                None => go.push(ticket),
            }
        }
        metrics::put_off("limit", later.len() - before);
        Ok((go, later))
    }

    /// Waits for what is under way, and no longer than is right.
    async fn drain(&mut self) {
        let late = self.courier.late.clone();
        let ending = async { while self.groups.join_next().await.is_some() {} };
        tokio::pin!(ending);
        if tokio::time::timeout(GRACE, &mut ending).await.is_err() {
            tracing::warn!("not every message could be handed over in time; the rest is given up for others");
            late.cancel();
            ending.await;
        }
    }
}
