//! Prepares what events asked for.

use std::{collections::BTreeMap, time::Duration};

use chassis::{Error, Result, TenantCtx, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, stream};

use super::Shop;
use crate::{
    commands::{
        keep,
        prepare::{self, Asked, Case, Gathered},
    },
    domain::{
        compose::Outcome,
        message::{Message, MessageId, Verdict},
    },
    metrics, store,
    store::queue,
};

/// Messages per look, and tenants at once.
const LOOK: i64 = 100;
const AT_ONCE: usize = 4;
/// Between two looks.
const EVERY: Duration = Duration::from_millis(100);
/// A message whose preparation failed for the moment is tried again after so long.
const LATER: TimeDelta = TimeDelta::seconds(2);
/// And is refused when it still fails, without anybody being away, so long after it was asked for.
const HOPE: TimeDelta = TimeDelta::hours(1);

/// Prepares until stopped. Any number of processes may do it at once: each takes its own.
pub async fn run(shop: Shop) {
    let mut rounds = shop.house.clock.rounds(EVERY);
    while !shop.house.stop.is_cancelled() {
        match look(&shop).await {
            Ok(0) => {}
            Ok(_) => {
                shop.queued.notify_one();
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
    let tickets = queue::to_prepare(&mut system, LOOK).await?;
    system.commit().await?;
    let mut by_tenant: BTreeMap<TenantId, Vec<MessageId>> = BTreeMap::new();
    for ticket in tickets {
        by_tenant.entry(ticket.tenant_id).or_default().push(ticket.message_id);
    }
    let done = stream::iter(by_tenant)
        .map(|(tenant, ids)| prepare(shop, tenant, ids))
        .buffer_unordered(AT_ONCE)
        .fold(0, |sum, done| std::future::ready(sum + done))
        .await;
    Ok(done)
}

/// Prepares a tenant's messages; where one spoils it for the others, each alone.
async fn prepare(shop: &Shop, tenant: TenantId, ids: Vec<MessageId>) -> usize {
    match prepare_all(shop, tenant, &ids).await {
        Ok(done) => done,
        Err(error) if ids.len() == 1 || error.is_transient() => {
            tracing::warn!(messages = ids.len(), %error, "messages could not be prepared yet");
            if let Err(error) = put_off(shop, tenant, &ids, &error).await {
                tracing::warn!(%error, "and could not be put off");
            }
            0
        }
        Err(error) => {
            tracing::warn!(messages = ids.len(), %error, "messages could not be prepared together");
            let mut done = 0;
            for id in ids {
                done += Box::pin(prepare(shop, tenant, vec![id])).await;
            }
            done
        }
    }
}

async fn prepare_all(shop: &Shop, tenant: TenantId, ids: &[MessageId]) -> Result<usize> {
    let ctx = TenantCtx::service(tenant, "outreach");
    let mut tx = shop.db.begin(&ctx).await?;
    let seen = store::messages::of(&mut tx, ids).await?;
    drop(tx);
    let asked: Vec<Asked<'_>> = seen.iter().map(|message| (&message.draft, message.traceparent.as_str())).collect();
    let gathered = prepare::gather(shop.sources(), tenant, &asked, false).await?;
    let gathered: BTreeMap<MessageId, Result<Gathered>> = seen.iter().map(|message| message.id).zip(gathered).collect();

    let mut tx = shop.db.begin(&ctx).await?;
    let (mut messages, mut outcomes, mut later) = (Vec::new(), Vec::new(), Vec::new());
    // Another process may have been faster, or somebody has stopped one.
    let mut waiting = store::messages::lock_all(&mut tx, ids).await?;
    waiting.retain(|message| store::messages::is_accepted(message) && gathered.contains_key(&message.id));
    let mut cases = Vec::new();
    for message in &waiting {
        if let Some(Ok(gathered)) = gathered.get(&message.id) {
            cases.push(Case { draft: &message.draft, actor: ctx.actor.as_str(), gathered });
        }
    }
    let mut examined = prepare::examine(&mut tx, &cases).await?.into_iter();
    let mut results = Vec::with_capacity(waiting.len());
    for message in &waiting {
        let unexamined = || Err(Error::internal("a message was not examined", &message.id));
        results.push(match gathered.get(&message.id) {
            Some(Err(error)) => Err(error.clone()),
            _ => examined.next().unwrap_or_else(unexamined),
        });
    }
    for (mut message, result) in waiting.into_iter().zip(results) {
        match result {
            Ok(outcome) => {
                messages.push(message);
                outcomes.push(outcome);
            }
            Err(error) if may_help(&error, &message, tx.now()) => {
                tracing::warn!(message = %message.id, %error, "a message could not be prepared yet");
                message.next_time = tx.now() + LATER;
                later.push(message);
            }
            // What can never be prepared is refused with its reason.
            Err(error) => {
                outcomes.push(refusal(&error, tx.now()));
                messages.push(message);
            }
        }
    }
    if !later.is_empty() {
        store::messages::update_all(&mut tx, &later).await?;
    }
    if !messages.is_empty() {
        keep::run(&mut tx, &mut messages, outcomes).await?;
    }
    tx.commit().await?;
    count(&messages);
    Ok(messages.len())
}

/// Another try may help. What is nobody's fault that can be named is tried for a while, and not for ever.
fn may_help(error: &Error, message: &Message, now: DateTime<Utc>) -> bool {
    let is_unnamed = matches!(error.code(), tonic::Code::Internal | tonic::Code::Unknown);
    error.is_transient() || is_unnamed && now - message.create_time < HOPE
}

fn refusal(error: &Error, time: DateTime<Utc>) -> Outcome {
    let verdict = Verdict {
        gate: if error.reason().starts_with("TEMPLATE_") { "text" } else { "address" }.to_owned(),
        passed: false,
        reason: error.reason().to_owned(),
        detail: error.message().to_owned(),
        time,
        defer_until: None,
    };
    Outcome { verdicts: vec![verdict], ..Outcome::default() }
}

/// Counts what was queued, once it is.
pub fn count(messages: &[Message]) {
    for message in messages.iter().filter(|message| message.state == usher_proto::outreach::v1::MessageState::Queued) {
        metrics::QUEUED.add(1, &metrics::channel(&message.channel));
    }
}

/// They are tried again later, or refused where that does not help.
async fn put_off(shop: &Shop, tenant: TenantId, ids: &[MessageId], error: &Error) -> Result<()> {
    let mut tx = shop.db.begin(&TenantCtx::service(tenant, "outreach")).await?;
    let mut waiting = store::messages::lock_all(&mut tx, ids).await?;
    waiting.retain(store::messages::is_accepted);
    let now = tx.now();
    let (mut later, mut hopeless): (Vec<Message>, Vec<Message>) =
        waiting.into_iter().partition(|message| may_help(error, message, now));
    for message in &mut later {
        message.next_time = now + LATER;
    }
    if !later.is_empty() {
        store::messages::update_all(&mut tx, &later).await?;
    }
    if !hopeless.is_empty() {
        let refusals = hopeless.iter().map(|_| refusal(error, now)).collect();
        keep::run(&mut tx, &mut hopeless, refusals).await?;
    }
    tx.commit().await?;
    Ok(())
}
