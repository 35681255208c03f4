//! How many messages may go in a second, by each provider's account and for each tenant, over all processes together.
//!
//! A generic cell rate: Redis keeps one time for each limit, the time at which it would be used up, and moves it on by one
//! interval for each message. A message that finds the time too far ahead is told when to come back. A second time for each
//! limit is the turn of the next one that is told so: those that are over the limit come back one after another, however many
//! batches they came in.

use std::{collections::BTreeMap, sync::LazyLock};

use chassis::{Result, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use redis::{Script, aio::MultiplexedConnection};

use super::{Shop, enqueue, lanes};
use crate::{
    domain::{channel::ChannelId, priority::Priority},
    store::queue::Ticket,
};

/// `KEYS` are limits; `ARGV` the time in microseconds, how many ask, how long turns are apart, and for each limit its interval
/// in microseconds and how many may go at once. The answer is how many may go, and how long the next one has to wait.
///
/// Times are kept as texts: a number that Lua makes a text of loses digits.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local now, asked, apart = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local function limit(place) return tonumber(ARGV[2 + 2 * place]), tonumber(ARGV[3 + 2 * place]) end
        local function keep(key, time)
            local life = math.ceil((time - now) / 1000) + 60000
            redis.call('SET', key, string.format('%.0f', time), 'PX', string.format('%.0f', life))
        end
        local granted, full = asked, {}
        for place, key in ipairs(KEYS) do
            local interval, burst = limit(place)
            full[place] = math.max(tonumber(redis.call('GET', key) or '0'), now)
            local free = math.floor((now + interval * burst - full[place]) / interval)
            granted = math.max(0, math.min(granted, free))
        end
        local turn = now
        for place, key in ipairs(KEYS) do
            local interval, burst = limit(place)
            local upto = full[place] + granted * interval
            if granted > 0 then keep(key, upto) end
            turn = math.max(turn, upto + interval - interval * burst, tonumber(redis.call('GET', key .. '.turn') or '0'))
        end
        if granted < asked then
            for _, key in ipairs(KEYS) do keep(key .. '.turn', turn + (asked - granted) * apart) end
        end
        return {granted, math.ceil(turn - now)}
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

/// Asks for so many messages of each group on a medium, the urgent first. Where there is no limit Redis is not asked.
pub async fn ask(
    shop: &Shop,
    redis: &mut Option<MultiplexedConnection>,
    medium: &str,
    asked: &BTreeMap<Group, usize>,
) -> Result<BTreeMap<Group, Grant>> {
    let mut grants = BTreeMap::new();
    for (group, count) in asked {
        grants.insert(*group, grant(shop, redis, medium, *group, *count).await?);
    }
    Ok(grants)
}

async fn grant(
    shop: &Shop,
    redis: &mut Option<MultiplexedConnection>,
    medium: &str,
    group: Group,
    count: usize,
) -> Result<Grant> {
    let now = shop.house.clock.now();
    let limits: Vec<(String, i64, Rate)> = limits(shop, group)
        .await?
        .into_iter()
        .filter_map(|(name, rate)| rate.interval().map(|interval| (name, interval, rate)))
        .collect();
    let Some(apart) = limits.iter().map(|(_, interval, _)| *interval).max() else {
        return Ok(Grant { now: count, next: now, apart: TimeDelta::zero() });
    };
    let connection = enqueue::connected(shop, redis).await?;
    let mut call = SCRIPT.prepare_invoke();
    call.arg(now.timestamp_micros()).arg(count).arg(apart);
    for (name, interval, rate) in limits {
        call.key(shop.house.redis.key(&format!("usher:{{outreach.{medium}}}.rate.{name}")));
        call.arg(interval).arg(rate.burst_for(group.priority));
    }
    let answer: redis::RedisResult<(usize, i64)> = call.invoke_async(connection).await;
    match answer {
        Ok((granted, wait)) => {
            let next = now + TimeDelta::microseconds(wait.max(1_000));
            Ok(Grant { now: granted, next, apart: TimeDelta::microseconds(apart) })
        }
        Err(error) => {
            *redis = None;
            Err(lanes::away(&error))
        }
    }
}

/// What a group is held to, by name: the provider's account, and the tenant.
async fn limits(shop: &Shop, group: Group) -> Result<Vec<(String, Rate)>> {
    let mut limits = vec![(group.tenant.to_string(), shop.delivery.tenant_rate())];
    if let Some(account) = shop.rack.account(group.tenant, group.channel).await? {
        limits.push((format!("account.{}", account.key), shop.delivery.account_rate(account.per_second)));
    }
    Ok(limits)
}
