//! Reports over a year of ten million facts: how fast analytics takes them in from three services' logs, how fast it counts
//! everything anew while it serves, how fast reports are, and how that compares with plain SQL over the same facts on the same
//! PostgreSQL and in DuckDB, after it was seen that all say the same. How it is done and what came out is in
//! `docs/benchmarks.md`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that can not be made fails"
)]

#[path = "reports/ask.rs"]
mod ask;
#[path = "reports/ingest.rs"]
mod ingest;
#[path = "reports/life.rs"]
mod life;
#[path = "reports/logs.rs"]
mod logs;
#[path = "reports/peers.rs"]
mod peers;
#[path = "reports/questions.rs"]
mod questions;
#[path = "reports/rounds.rs"]
mod rounds;
#[path = "reports/suite.rs"]
mod suite;
#[path = "reports/year.rs"]
mod year;

use std::{process::ExitCode, sync::LazyLock, time::Instant};

use chrono::{Days, TimeDelta};
use usher_tests::bench::{self, Goals};

use crate::{
    ask::Client,
    peers::{Duck, Postgres},
    suite::Suite,
    year::Year,
};

/// Facts of the large tenant, and how many tenants there are; fewer for trying out, when the figures mean nothing.
const FACTS: &str = "FACTS";
const TENANTS: &str = "TENANTS";

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run())
}

async fn run() -> ExitCode {
    let (facts, tenants) = (count_from(FACTS, 10_000_000), count_from(TENANTS, 100));
    let folder = tempfile::tempdir_in(bench::folder()).unwrap();
    let mut suite = Suite::new(folder.path()).await;
    let mut goals = Goals::of("reports");

    // Whole days of Shanghai, up to today.
    let today = (chassis::Clock::system().now() + TimeDelta::hours(8)).date_naive();
    let first = today - Days::new(365);
    let [from, until] = [first, today].map(|day| day.and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::hours(8));
    let year = Year::before(until, facts, tenants);
    progress("the logs are written");
    let written = logs::write(&suite.url, &year).await;
    println!("{} events of {tenants} tenants; the large one has {} facts", written.events, written.facts);

    suite.serve_logs().await;
    progress("analytics takes them in");
    ingest::measure(&mut suite, written.events, &mut goals).await;
    suite.analytics.ready().await;
    let tenant = year.tenants[0];
    let client = Client {
        channel: suite.analytics.channel(),
        ground: suite.ground.clone(),
        tenant,
        days: [first.to_string(), today.to_string()],
    };
    let before = client.everything().await;
    progress("everything is counted anew");
    ingest::rebuild(&mut suite, &client, written.events, &mut goals).await;
    assert!(before == client.everything().await, "counted anew, reports say something else");
    progress("reports");
    ask::measure(&client, &mut goals).await;

    progress("PostgreSQL gets an index and statistics");
    let generation = suite.serving().await;
    let mut postgres = Postgres::new(&suite.url, tenant, generation, [from, until]).await;
    let mut duck = Duck::new(&suite.url, folder.path(), tenant, generation, [from, until]).await;
    rounds::measure(&client, &mut postgres, &mut duck, &mut goals).await;
    goals.report()
}

/// A number from the environment.
fn count_from(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |count| count.parse().expect("a number"))
}

/// Says how far it is.
fn progress(what: &str) {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    eprintln!("{:6.0} s  {what}", BEGUN.elapsed().as_secs_f64());
}
