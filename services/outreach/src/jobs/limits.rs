//! How many messages may go in a second, by each channel and for each tenant, over all processes together.
//!
//! A generic cell rate: Redis keeps one time for each limit, the time at which it would be used up, and moves it on by one
//! interval for each message. A message that finds the time too far ahead is told when to come back, so those that are over
//! the limit come back one after another and need not be counted again and again.

use std::{collections::HashMap, sync::LazyLock};

use chassis::{Result, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use redis::{Script, aio::MultiplexedConnection};

use super::{Shop, enqueue, lanes};

/// `KEYS` are limits; `ARGV` the time in microseconds, how many ask, and for each limit its interval in microseconds and how
/// many may go at once. The answer is how many may go, and how long the next one has to wait.
///
/// Times are kept as texts: a number that Lua makes a text of loses digits.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local now, asked = tonumber(ARGV[1]), tonumber(ARGV[2])
        local granted, full = asked, {}
        for place, key in ipairs(KEYS) do
            local interval, burst = tonumber(ARGV[1 + 2 * place]), tonumber(ARGV[2 + 2 * place])
            full[place] = math.max(tonumber(redis.call('GET', key) or '0'), now)
            local free = math.floor((now + interval * burst - full[place]) / interval)
            granted = math.max(0, math.min(granted, free))
        end
        local wait = 0
        for place, key in ipairs(KEYS) do
            local interval, burst = tonumber(ARGV[1 + 2 * place]), tonumber(ARGV[2 + 2 * place])
            local upto = full[place] + granted * interval
            if granted > 0 then
                local life = math.ceil((upto - now) / 1000) + 60000
                redis.call('SET', key, string.format('%.0f', upto), 'PX', string.format('%.0f', life))
            end
            wait = math.max(wait, upto + interval - (now + interval * burst))
        end
        return {granted, math.ceil(wait)}
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

/// Asks for so many messages of each tenant on a channel. Where there is no limit Redis is not asked.
pub async fn ask(
    shop: &Shop,
    redis: &mut Option<MultiplexedConnection>,
    channel: &str,
    asked: &HashMap<TenantId, usize>,
) -> Result<HashMap<TenantId, Grant>> {
    let now = shop.house.clock.now();
    let (of_channel, of_tenant) = (shop.delivery.channel_rate(), shop.delivery.tenant_rate());
    let rates: Vec<Rate> = [of_channel, of_tenant].into_iter().filter(|rate| rate.per_second > 0).collect();
    let apart = TimeDelta::microseconds(rates.iter().filter_map(|rate| rate.interval()).max().unwrap_or_default());
    let mut grants = HashMap::new();
    for (tenant, count) in asked {
        if rates.is_empty() {
            grants.insert(*tenant, Grant { now: *count, next: now, apart });
            continue;
        }
        let connection = enqueue::connected(shop, redis).await?;
        let mut call = SCRIPT.prepare_invoke();
        call.arg(now.timestamp_micros()).arg(*count);
        for (rate, name) in [(of_channel, "all".to_owned()), (of_tenant, tenant.to_string())] {
            if let Some(interval) = rate.interval() {
                call.key(shop.house.redis.key(&format!("usher:{{outreach.{channel}}}.rate.{name}")));
                call.arg(interval).arg(rate.burst.max(1));
            }
        }
        let answer: redis::RedisResult<(usize, i64)> = call.invoke_async(connection).await;
        match answer {
            Ok((granted, wait)) => {
                let next = now + TimeDelta::microseconds(wait.max(1_000));
                grants.insert(*tenant, Grant { now: granted, next, apart });
            }
            Err(error) => {
                *redis = None;
                return Err(lanes::away(&error));
            }
        }
    }
    Ok(grants)
}
