//! What is counted, for `/metrics`, by the names of OpenTelemetry where it has some. No label tells a person or a tenant.

use std::sync::LazyLock;

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram, Meter},
};

fn meter() -> Meter {
    global::meter("outreach")
}

/// Messages that passed their gates and wait.
pub static QUEUED: LazyLock<Counter<u64>> =
    LazyLock::new(|| meter().u64_counter("usher.messages.queued").with_description("Messages queued").build());
/// Tries that ended, with `error.type` where they failed.
pub static SENT: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter().u64_counter("messaging.client.sent.messages").with_description("Tries to hand a message over").build()
});
/// How long a channel took.
pub static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("messaging.client.operation.duration")
        .with_unit("s")
        .with_boundaries(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0])
        .with_description("How long handing a message over took")
        .build()
});
/// How long after the time from which it might go a message was taken up.
pub static LATENESS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("usher.messages.lateness")
        .with_unit("s")
        .with_boundaries(vec![0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0])
        .with_description("How late messages were taken up")
        .build()
});
/// Tries of messages that ended.
pub static TRIES: LazyLock<Histogram<u64>> = LazyLock::new(|| {
    meter()
        .u64_histogram("usher.messages.tries")
        .with_boundaries(vec![1.0, 2.0, 3.0, 5.0, 8.0, 16.0])
        .with_description("Tries of messages that ended, by state")
        .build()
});
/// Messages that were put off without a try: `limit`, `breaker`, `recipient`, `stop`.
pub static PUT_OFF: LazyLock<Counter<u64>> =
    LazyLock::new(|| meter().u64_counter("usher.messages.put_off").with_description("Messages put off").build());
/// What came back, by `kind` and by whether it is known whose it is.
pub static RECEIVED: LazyLock<Counter<u64>> =
    LazyLock::new(|| meter().u64_counter("usher.replies.received").with_description("Replies received").build());
/// 0 while a way out is open, 1 while one message looks whether it is, 2 while it is shut.
pub static BREAKER: LazyLock<Gauge<i64>> =
    LazyLock::new(|| meter().i64_gauge("usher.channel.breaker").with_description("State of the breaker").build());

/// By which channel.
pub fn channel(name: &str) -> [KeyValue; 2] {
    [KeyValue::new("messaging.system", "usher"), KeyValue::new("messaging.destination.name", name.to_owned())]
}

/// Counts messages that are put off.
pub fn put_off(why: &'static str, count: usize) {
    if count > 0 {
        PUT_OFF.add(u64::try_from(count).unwrap_or_default(), &[KeyValue::new("reason", why)]);
    }
}
