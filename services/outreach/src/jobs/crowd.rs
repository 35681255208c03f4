//! Messages that many ask for at the same moment are accepted together: one question to talent, one transaction.
//!
//! Nobody waits for company. Whoever comes while nothing is under way goes at once; whoever comes while something is, goes
//! with all the others who have come meanwhile.

use std::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    panic::AssertUnwindSafe,
};

use chassis::{Error, Result, TenantCtx, TenantId};
use futures::FutureExt as _;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
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
/// Transactions of one tenant under way at once: what comes meanwhile goes together.
const LINES: usize = 1;
/// Of all tenants together. One that waits for something holds up the others only when many wait.
const ALL_LINES: usize = 8;

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
        let (asked, mut coming) = mpsc::unbounded_channel::<Waiting>();
        let job = async move {
            let mut lines =
                Lines { shop: shop.clone(), crowds: BTreeMap::new(), turns: VecDeque::new(), busy: JoinSet::new() };
            let mut fresh = Vec::with_capacity(AT_ONCE);
            loop {
                tokio::select! {
                    count = coming.recv_many(&mut fresh, AT_ONCE) => if count == 0 { break },
                    // Whatever panics is caught before, see `advance`.
                    Some(Ok(tenant)) = lines.busy.join_next() => lines.ended(tenant),
                    () = shop.house.stop.cancelled() => break,
                }
                lines.join(fresh.drain(..));
                lines.advance();
            }
            // What was begun is answered.
            coming.close();
            while lines.busy.join_next().await.is_some() {}
        };
        (Self(asked), job)
    }
}

/// Those of one tenant who wait, and how many transactions it has under way.
#[derive(Default)]
struct Crowded {
    waiting: VecDeque<Waiting>,
    lines: usize,
}

/// Who waits for what.
struct Lines {
    shop: Shop,
    crowds: BTreeMap<TenantId, Crowded>,
    /// Tenants with somebody who waits, the next first.
    turns: VecDeque<TenantId>,
    busy: JoinSet<TenantId>,
}

impl Lines {
    fn join(&mut self, fresh: impl Iterator<Item = Waiting>) {
        for waiting in fresh {
            let tenant = waiting.ctx.tenant;
            let crowd = self.crowds.entry(tenant).or_default();
            if crowd.waiting.is_empty() {
                self.turns.push_back(tenant);
            }
            crowd.waiting.push_back(waiting);
        }
    }

    fn ended(&mut self, tenant: TenantId) {
        let Entry::Occupied(mut crowd) = self.crowds.entry(tenant) else { return };
        crowd.get_mut().lines -= 1;
        if crowd.get().lines == 0 && crowd.get().waiting.is_empty() {
            crowd.remove();
        }
    }

    /// Begins what may be begun, a tenant after the other.
    fn advance(&mut self) {
        for _ in 0..self.turns.len() {
            if self.busy.len() >= ALL_LINES {
                return;
            }
            let Some(tenant) = self.turns.pop_front() else { return };
            let Some(crowd) = self.crowds.get_mut(&tenant) else { continue };
            if crowd.lines < LINES {
                let go: Vec<Waiting> = crowd.waiting.drain(..crowd.waiting.len().min(AT_ONCE)).collect();
                crowd.lines += 1;
                let shop = self.shop.clone();
                self.busy.spawn(async move {
                    // Those who wait hear that nobody answers; the tenant does not lose a line.
                    if AssertUnwindSafe(accept_of_one(&shop, go)).catch_unwind().await.is_err() {
                        tracing::error!("accepting messages panicked");
                    }
                    tenant
                });
            }
            if !crowd.waiting.is_empty() {
                self.turns.push_back(tenant);
            }
        }
    }
}

/// Of one tenant.
async fn accept_of_one(shop: &Shop, mut waiting: Vec<Waiting>) {
    // Who has gone asks again, if at all.
    waiting.retain(|one| !one.answer.is_closed());
    let Some(ctx) = waiting.first().map(|first| first.ctx.clone()) else { return };
    let (orders, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.order, one.answer)).unzip();
    // Whoever asked may have gone, so nobody need hear an answer.
    match accept_all(shop, &ctx, orders).await {
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

/// Accepts a tenant's messages together, at most [`AT_ONCE`], and has the workers told; where one spoils it for the others,
/// each alone. Errors: of the whole; it may help to ask again.
pub async fn accept_all(
    shop: &Shop,
    ctx: &TenantCtx,
    orders: Vec<Order>,
) -> Result<(Vec<Result<Accepted>>, Option<ConsistencyToken>)> {
    match accept(shop, ctx, orders.clone()).await {
        Err(error) if !error.is_transient() && orders.len() > 1 => {
            let (mut results, mut last) = (Vec::with_capacity(orders.len()), None);
            for order in orders {
                results.push(match accept(shop, ctx, vec![order]).await {
                    Ok((mut accepted, token)) => {
                        last = token.or(last);
                        accepted.pop().unwrap_or_else(|| Err(Error::internal("a message has no result", &"accept")))
                    }
                    Err(error) => Err(error),
                });
            }
            Ok((results, last))
        }
        answer => answer,
    }
}

/// In one transaction. Errors: of the whole; nothing is accepted then.
async fn accept(
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
        ticket: Ticket::of(tenant, &accepted.message),
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
