//! Taking in the logs from their beginning, and counting everything anew while reports are asked.

use std::time::{Duration, Instant};

use testkit::within;
use usher_tests::bench::{Goals, milliseconds, percentile};

use crate::{
    ask::{Client, Report},
    suite::{Processor, Suite},
    year::f64_of,
};

/// Nobody waits so long but for a failure.
const PATIENCE: Duration = Duration::from_hours(2);
/// Somebody who reads one report after another asks every so often.
const READING: Duration = Duration::from_millis(50);

/// From the beginning to the end of the logs.
pub async fn measure(suite: &mut Suite, events: i64, goals: &mut Goals) {
    let before = suite.processor();
    let begun = Instant::now();
    suite.begin();
    let mut reached = Vec::new();
    within(PATIENCE, "everything is taken in", async || {
        let taken_in = suite.taken_in("analytics").await;
        reached.push((taken_in, begun.elapsed()));
        taken_in >= events
    })
    .await;
    let after = suite.processor();
    let at = |part: i64| {
        let reached = reached.iter().find(|(taken_in, _)| *taken_in >= events * part / 3);
        reached.map_or(0.0, |(_, time)| time.as_secs_f64())
    };
    let events = f64_of(usize::try_from(events).unwrap());
    let (first, second, whole) = (at(1), at(2), at(3));
    println!("ingest: {events} events in {whole:.1} s, {:.0} events/s", events / whole);
    println!(
        "ingest: first third {:.0} events/s, last third {:.0} events/s",
        events / 3.0 / first,
        events / 3.0 / (whole - second)
    );
    used("ingest", before, after, events);
    println!("ingest: peak RSS {:.0} MB", suite.peak());
    goals.at_least("events taken in a second", events / whole, 20_000.0, "");
    goals.at_most("peak RSS while taking in", suite.peak(), 200.0, " MB");
}

fn used(what: &str, before: Processor, after: Processor, events: f64) {
    let of = |name: &str, seconds: f64| format!("{name} {seconds:.1} s ({:.1} us an event)", seconds / events * 1e6);
    println!(
        "{what}: processor time: {}, {}, {}",
        of("analytics", after.analytics - before.analytics),
        of("PostgreSQL", after.postgres - before.postgres),
        of("the logs' process", after.logs - before.logs),
    );
}

/// Everything is counted anew while somebody reads.
pub async fn rebuild(suite: &mut Suite, client: &Client, events: i64, goals: &mut Goals) {
    let since = client.serve_time().await;
    suite.forget_peak();
    let before = suite.processor();
    let begun = Instant::now();
    suite.ground.run(&["figures", "rebuild"]);
    let mut spans = Vec::new();
    let mut slowest = (Duration::ZERO, "");
    let mut questions = Report::ALL.iter().cycle();
    let mut reading = tokio::time::interval(READING);
    while client.serve_time().await == since {
        for report in questions.by_ref().take(4) {
            let (span, _) = client.ask(*report, report.by()).await;
            spans.push(span);
            slowest = slowest.max((span, report.name()));
            reading.tick().await;
        }
        assert!(begun.elapsed() < PATIENCE, "the new figures never serve:\n{}", suite.analytics.said());
    }
    let seconds = begun.elapsed().as_secs_f64();
    let after = suite.processor();
    let events = f64_of(usize::try_from(events).unwrap());
    println!("rebuild: {seconds:.1} s, {:.0} events/s", events / seconds);
    used("rebuild", before, after, events);
    println!(
        "rebuild: {} reports meanwhile: p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({})",
        spans.len(),
        milliseconds(percentile(&mut spans, 50)),
        milliseconds(percentile(&mut spans, 99)),
        milliseconds(slowest.0),
        slowest.1
    );
    println!("rebuild: peak RSS {:.0} MB", suite.peak());
    goals.at_most("rebuild of everything", seconds, 600.0, " s");
    goals.at_most("peak RSS while rebuilding", suite.peak(), 200.0, " MB");
}
