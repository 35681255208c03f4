//! The long form of `tests/it/delivery_faults.rs`: one fault after the other, each under load, and after each the checker's
//! word, which compares what the mail server took with what outreach says.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that can not be made fails")]

use std::{
    collections::BTreeSet,
    process::ExitCode,
    time::{Duration, Instant},
};

use usher_tests::{
    bench::{self, Goals},
    faults::{self, Installation, WORKERS},
    sink::Fault,
};

/// Messages of the queue that Redis forgets; fewer for trying out.
const QUEUED: &str = "USHER_BENCH_QUEUED";
/// How long each other fault lasts, in seconds.
const SECONDS: &str = "USHER_BENCH_SECONDS";
const PER_SECOND: u32 = 50;
const PODS: usize = 3;
/// Until everything has come to its end after a fault: tries are repeated within minutes.
const PATIENCE: Duration = Duration::from_mins(20);

const WEATHER: [(u32, Fault); 6] = [
    (10, Fault::Say("451 4.3.0 later")),
    (3, Fault::Say("550 5.1.1 nobody of that name")),
    (8, Fault::DropDuringData),
    (4, Fault::DropAfterData),
    (10, Fault::Slow(Duration::from_secs(2))),
    (1, Fault::Silent),
];

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(run())
}

async fn run() -> ExitCode {
    let number = |variable, otherwise| std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap());
    let (queued, seconds) = (number(QUEUED, 10_000), number(SECONDS, 60));
    let under_load = seconds * usize::try_from(PER_SECOND).unwrap();
    let span = Duration::from_secs(u64::try_from(seconds).unwrap());
    let dir = tempfile::tempdir_in(bench::folder()).unwrap();
    let mut installation = Installation::start(dir.path(), PODS, queued + 3 * under_load).await;
    let mut goals = Goals::of("faults");

    // Slow, so that they are still queued.
    installation.sink.misbehave(&[(100, Fault::Slow(Duration::from_secs(5)))]);
    let accepted = installation.ask(queued, 100_000).await.unwrap();
    installation.flush_redis();
    installation.sink.misbehave(&[]);
    told(&installation, &accepted, &format!("FLUSHALL with {queued} queued"), 0, &mut goals).await;

    let asked = installation.ask(under_load, PER_SECOND);
    let (begun, mut kills) = (Instant::now(), 0);
    while begun.elapsed() < span {
        tokio::time::sleep(Duration::from_millis(rand::random_range(500..3_000))).await;
        installation.kill(rand::random_range(0..PODS));
        kills += 1;
    }
    let what = format!("kill -9 of a pod at random, {kills} times within {seconds} s");
    told(&installation, &asked.await.unwrap(), &what, kills * usize::try_from(WORKERS).unwrap(), &mut goals).await;

    installation.sink.misbehave(&WEATHER);
    let accepted = installation.ask(under_load, PER_SECOND).await.unwrap();
    installation.sink.misbehave(&[]);
    let unsaid =
        installation.sink.seen().iter().filter(|seen| seen.fate == usher_tests::sink::Fate::TakenUnsaid).count();
    told(
        &installation,
        &accepted,
        "a mail server that says 451 and 550, drops, is slow and silent",
        unsaid,
        &mut goals,
    )
    .await;

    let asked = installation.ask(under_load, PER_SECOND);
    let (begun, mut crashes) = (Instant::now(), 0);
    while begun.elapsed() < span {
        tokio::time::sleep(Duration::from_secs(10).min(span / 2)).await;
        installation.crash_postgres().await;
        crashes += 1;
    }
    let what = format!("PostgreSQL crashes {crashes} times within {seconds} s");
    let most = crashes * PODS * usize::try_from(WORKERS).unwrap();
    told(&installation, &asked.await.unwrap(), &what, most, &mut goals).await;
    goals.report()
}

/// Prints what the checker finds. At most so many mails may have come again.
async fn told(installation: &Installation, accepted: &BTreeSet<String>, what: &str, again: usize, goals: &mut Goals) {
    let begun = Instant::now();
    let findings = faults::check(installation, accepted, PATIENCE).await;
    println!("{what}; all came to their end {:.0} s later\n{findings}", begun.elapsed().as_secs_f64());
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    goals.at_most(&format!("{what}: unexplained"), number(findings.unexplained.len()), 1.0, "");
    goals.at_most(&format!("{what}: mails too many"), number(findings.extra), number(again) + 1.0, "");
}
