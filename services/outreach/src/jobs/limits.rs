//! How many messages may go in a second, by each provider's account and for each tenant, over all processes together.
//!
//! A generic cell rate: Redis keeps one time for each limit, the time at which it would be used up, and moves it on by one
//! interval for each message. A message that finds the time too far ahead is told when to come back. A second time for each
//! limit is the turn of the next one that is told so: those that are over the limit come back one after another, however many
//! batches they came in.

use std::{collections::BTreeMap, sync::LazyLock};

use chassis::{Result, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, stream};
use redis::{Script, aio::MultiplexedConnection};

use super::{Shop, enqueue, lanes};
use crate::{
    domain::{channel::ChannelId, priority::Priority},
    store::queue::Ticket,
};

/// `KEYS` are limits; `ARGV` the time in microseconds, how many ask, and for each limit its interval in microseconds and how many
/// may go at once. The answer is how many may go, how long the next one has to wait, and how far those after it are apart.
///
/// Those over several limits queue at the one that keeps them longest, and at no other: what one account does not take yet is
/// not in anybody's way elsewhere. Times are kept as texts: a number that Lua makes a text of loses digits.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local now, asked = tonumber(ARGV[1]), tonumber(ARGV[2])
        local function limit(place) return tonumber(ARGV[1 + 2 * place]), tonumber(ARGV[2 + 2 * place]) end
        local function keep(key, time)
            local life = math.ceil((time - now) / 1000) + 60000
            redis.call('SET', key, string.format('%.0f', time), 'PX', string.format('%.0f', life))
        end
        local granted, full, free = asked, {}, {}
        for place, key in ipairs(KEYS) do
            local interval, burst = limit(place)
            full[place] = math.max(tonumber(redis.call('GET', key) or '0'), now)
            free[place] = math.max(0, math.floor((now + interval * burst - full[place]) / interval))
            granted = math.min(granted, free[place])
        end
        local turn, apart, queue, last = now, 0, nil, now
        for place, key in ipairs(KEYS) do
            local interval, burst = limit(place)
            local upto = full[place] + granted * interval
            if granted > 0 then keep(key, upto) end
            if free[place] < asked then
                local next = math.max(now, upto + interval - interval * burst, tonumber(redis.call('GET', key .. '.turn') or '0'))
                local until_last = next + (asked - free[place]) * interval
                if until_last > last then turn, apart, queue, last = next, interval, key, until_last end
            end
        end
        if queue then keep(queue .. '.turn', last) end
        return {granted, math.ceil(turn - now), apart}
        ",
    )
});

/// So many in a second on average, and so many at once. A rate of 0 is no limit.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub per_second: u32,
    pub burst: u32,
}

impl Rate {
    fn interval(self) -> Option<i64> {
        (self.per_second > 0).then(|| (1_000_000 / i64::from(self.per_second)).max(1))
    }

    fn burst_for(self, priority: Priority) -> u32 {
        (self.burst * priority.share_of_burst() / 100).max(1)
    }
}

/// How many of those who ask may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub now: usize,
    /// The first of the others comes back then.
    pub next: DateTime<Utc>,
    /// And each of those after it so much later.
    pub apart: TimeDelta,
}

/// Whose messages are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub priority: Priority,
    pub tenant: TenantId,
    /// `None` for the installation's own.
    pub channel: Option<ChannelId>,
}

impl Group {
    pub fn of(priority: Priority, ticket: &Ticket) -> Self {
        Self { priority, tenant: ticket.tenant_id, channel: ticket.channel_id }
    }
}

/// Tenants whose channels are looked at together.
const TOGETHER: usize = 8;

/// Asks for so many messages of each group on a medium, the urgent first. Where there is no limit Redis is not asked.
pub async fn ask(
    shop: &Shop,
    redis: &mut Option<MultiplexedConnection>,
    medium: &str,
    asked: &BTreeMap<Group, usize>,
) -> Result<BTreeMap<Group, Grant>> {
    let groups: Vec<Group> = asked.keys().copied().collect();
    let looks = stream::iter(groups).map(|group| limits(shop.clone(), group));
    let limits: Vec<Vec<Limit>> = looks.buffered(TOGETHER).collect().await;
    let mut grants = BTreeMap::new();
    for ((group, count), limits) in asked.iter().zip(limits) {
        grants.insert(*group, grant(shop, redis, medium, (group.priority, *count), &limits).await?);
    }
    Ok(grants)
}

async fn grant(
    shop: &Shop,
    redis: &mut Option<MultiplexedConnection>,
    medium: &str,
    (priority, count): (Priority, usize),
    limits: &[Limit],
) -> Result<Grant> {
    let now = shop.house.clock.now();
    if limits.is_empty() {
        return Ok(Grant { now: count, next: now, apart: TimeDelta::zero() });
    }
    let connection = enqueue::connected(shop, redis).await?;
    let mut call = SCRIPT.prepare_invoke();
    call.arg(now.timestamp_micros()).arg(count);
    for Limit { name, interval, rate } in limits {
        call.key(shop.house.redis.key(&format!("usher:{{outreach.{medium}}}.rate.{name}")));
        call.arg(*interval).arg(rate.burst_for(priority));
    }
    let answer: redis::RedisResult<(usize, i64, i64)> = call.invoke_async(connection).await;
    match answer {
        Ok((granted, wait, apart)) => {
            let next = now + TimeDelta::microseconds(wait.max(1_000));
            Ok(Grant { now: granted, next, apart: TimeDelta::microseconds(apart) })
        }
        Err(error) => {
            *redis = None;
            Err(lanes::away(&error))
        }
    }
}

/// What messages are held to, under a name of its own.
struct Limit {
    name: String,
    /// In microseconds.
    interval: i64,
    rate: Rate,
}

/// What a group is held to: the tenant's limit, and that of the provider's account. While nobody can say what the account's is,
/// whoever hands the messages over finds out the same.
async fn limits(shop: Shop, group: Group) -> Vec<Limit> {
    let mut rates = vec![(group.tenant.to_string(), shop.delivery.tenant_rate())];
    if let Ok(Some(account)) = shop.rack.account(group.tenant, group.channel).await {
        rates.push((format!("account.{}", account.key), shop.delivery.account_rate(account.per_second)));
    }
    let limit = |(name, rate): (String, Rate)| rate.interval().map(|interval| Limit { name, interval, rate });
    rates.into_iter().filter_map(limit).collect()
}
