//! Messages that many ask for at the same moment are accepted together: one question to talent, one transaction.
//!
//! Nobody waits for company. Whoever comes while nothing is under way goes at once; whoever comes while something is, goes
//! with all the others who have come meanwhile.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantCtx, TenantId};
use tokio::sync::{mpsc, oneshot};
use usher_proto::eventlog::v1::ConsistencyToken;

use super::{Shop, prepare};
use crate::{
    commands::{
        prepare::{Asked, gather},
        send::{self, Accepted, Order},
    },
    domain::message::Message,
    store::queue::{Ticket, Told},
};

/// Messages in one transaction: each holds some locks, of which PostgreSQL has a limited number.
pub const AT_ONCE: usize = 100;
/// Transactions under way at once.
const LINES: usize = 2;

/// What is answered.
pub type Answer = Result<(Accepted, Option<ConsistencyToken>)>;

struct Waiting {
    ctx: TenantCtx,
    order: Order,
    answer: oneshot::Sender<Answer>,
}

/// Where to ask. Cheap to clone.
#[derive(Clone)]
pub struct Crowd(mpsc::UnboundedSender<Waiting>);

impl Crowd {
    /// Asks, and waits for the answer.
    pub async fn send(&self, ctx: TenantCtx, order: Order) -> Answer {
        let (answer, answered) = oneshot::channel();
        let stopping = || Error::unavailable("STOPPING", "this process is stopping; ask again");
        self.0.send(Waiting { ctx, order, answer }).map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())?
    }

    /// The door, and the job behind it.
    pub fn open(shop: Shop) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (asked, mut waiting) = mpsc::unbounded_channel::<Waiting>();
        let job = async move {
            let lines = std::sync::Arc::new(tokio::sync::Semaphore::new(LINES));
            let mut crowd = Vec::with_capacity(AT_ONCE);
            loop {
                let Ok(line) = lines.clone().acquire_owned().await else { return };
                tokio::select! {
                    count = waiting.recv_many(&mut crowd, AT_ONCE) => if count == 0 { return },
                    () = shop.house.stop.cancelled() => break,
                }
                let (shop, crowd) = (shop.clone(), std::mem::take(&mut crowd));
                tokio::spawn(async move {
                    accept_all(&shop, crowd).await;
                    drop(line);
                });
            }
            // What was begun is answered.
            waiting.close();
            let _ = lines.acquire_many(u32::try_from(LINES).unwrap_or(1)).await;
        };
        (Self(asked), job)
    }
}

async fn accept_all(shop: &Shop, crowd: Vec<Waiting>) {
    let mut by_tenant: BTreeMap<TenantId, Vec<Waiting>> = BTreeMap::new();
    for waiting in crowd {
        by_tenant.entry(waiting.ctx.tenant).or_default().push(waiting);
    }
    let all: Vec<_> = by_tenant.into_values().map(|waiting| accept_of_one(shop, waiting)).collect();
    futures::future::join_all(all).await;
}

/// Of one tenant.
async fn accept_of_one(shop: &Shop, waiting: Vec<Waiting>) {
    let Some(ctx) = waiting.first().map(|first| first.ctx.clone()) else { return };
    let (orders, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.order, one.answer)).unzip();
    // Whoever asked may have gone, so nobody need hear an answer.
    match accept(shop, &ctx, orders).await {
        Ok((results, token)) => {
            for (answer, result) in answers.into_iter().zip(results) {
                let _ = answer.send(result.map(|accepted| (accepted, token.clone())));
            }
        }
        Err(error) => {
            for answer in answers {
                let _ = answer.send(Err(error.clone()));
            }
        }
    }
}

/// Accepts a tenant's messages in one transaction, at most [`AT_ONCE`], and has the workers told. Errors: of the whole;
/// nothing is accepted then.
pub async fn accept(
    shop: &Shop,
    ctx: &TenantCtx,
    orders: Vec<Order>,
) -> Result<(Vec<Result<Accepted>>, Option<ConsistencyToken>)> {
    let asked: Vec<Asked<'_>> = orders.iter().map(|order| (&order.draft, order.traceparent.as_str())).collect();
    let gathered = gather(shop.sources(), ctx.tenant, &asked, false).await?;
    let mut tx = shop.db.begin(ctx).await?;
    let tenant = ctx.tenant;
    let tells = |message: &Message| shop.desk.admits(tenant, message);
    let results = send::run(&mut tx, orders.into_iter().zip(gathered).collect(), &tells).await?;
    let token = tx.commit().await?;
    announce(shop, tenant, &results);
    Ok((results, token))
}

/// Has the workers told of what was accepted and committed.
pub fn announce(shop: &Shop, tenant: TenantId, results: &[Result<Accepted>]) {
    let accepted = || results.iter().flatten();
    let told = accepted().filter(|accepted| accepted.to_tell).map(|accepted| Told {
        ticket: Ticket { tenant_id: tenant, message_id: accepted.message.id },
        channel: accepted.message.channel.clone(),
        priority: accepted.message.priority.number(),
    });
    shop.desk.tell(told.collect());
    if accepted().any(|accepted| !accepted.to_tell) {
        shop.queued.notify_one();
    }
    for accepted in accepted().filter(|accepted| !accepted.verdicts.is_empty()) {
        prepare::count(std::slice::from_ref(&accepted.message));
    }
}
