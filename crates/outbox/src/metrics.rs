//! What is counted, for `/metrics`.

use std::sync::LazyLock;

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Meter},
};

fn meter() -> Meter {
    global::meter("outbox")
}

/// Events that were given their place in the log.
pub(crate) static NUMBERED: LazyLock<Counter<u64>> =
    LazyLock::new(|| meter().u64_counter("usher.events.numbered").with_description("Events numbered").build());
/// Events whose effect was committed.
pub(crate) static APPLIED: LazyLock<Counter<u64>> =
    LazyLock::new(|| meter().u64_counter("usher.events.applied").with_description("Events applied").build());
/// Events that could not be applied, and those behind them.
pub(crate) static PARKED: LazyLock<Counter<u64>> =
    LazyLock::new(|| meter().u64_counter("usher.events.parked").with_description("Events parked").build());
/// Events that were said and are not applied yet.
pub(crate) static LAG: LazyLock<Gauge<i64>> =
    LazyLock::new(|| meter().i64_gauge("usher.events.lag").with_description("Events not applied yet").build());
/// 1 while a consumer does not go on.
pub(crate) static HALTED: LazyLock<Gauge<i64>> =
    LazyLock::new(|| meter().i64_gauge("usher.events.halted").with_description("Whether a consumer halted").build());

/// By whom and of whom.
pub(crate) fn labels(consumer: &'static str, source: &'static str) -> [KeyValue; 2] {
    [KeyValue::new("consumer", consumer), KeyValue::new("source", source)]
}
