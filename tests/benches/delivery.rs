//! Delivery: from `SendMessage` to a mail server, against BullMQ with nodemailer, Celery with smtplib and a bare loop over
//! lettre, in one run, with the same mail, the same Redis and the same mail server; then a backlog of a million scheduled
//! mails. How it is done and what came out is in `docs/benchmarks.md`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that can not be made fails"
)]

#[path = "delivery/ask.rs"]
mod ask;
#[path = "delivery/backlog.rs"]
mod backlog;
#[path = "delivery/bare.rs"]
mod bare;
#[path = "delivery/contenders.rs"]
mod contenders;
#[path = "delivery/mail.rs"]
mod mail;
#[path = "delivery/ours.rs"]
mod ours;
#[path = "delivery/rounds.rs"]
mod rounds;
#[path = "delivery/sink.rs"]
mod sink;
#[path = "delivery/talk.rs"]
mod talk;

use std::{
    process::ExitCode,
    sync::LazyLock,
    time::{Duration, Instant},
};

use usher_tests::bench::{self, Goals};

use crate::{contenders::Place, mail::Mail, ours::Ours, rounds::Servers, sink::Sink};

/// Mails in a round, how many rounds, and how many clients ask; fewer for trying out, when the figures mean nothing.
const MAILS: &str = "USHER_BENCH_MAILS";
const ROUNDS: &str = "USHER_BENCH_ROUNDS";
const CLIENTS: &str = "USHER_BENCH_CLIENTS";
/// Connections to the mail server that each contender has.
const CONNECTIONS: usize = 8;

fn main() -> ExitCode {
    let part = talk::part();
    let mut runtime = match part.as_deref() {
        // As the program itself.
        Some(bare::PART) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build().expect("a runtime");
    match part.as_deref() {
        None => return runtime.block_on(run()),
        Some(ask::PART) => runtime.block_on(ask::serve()),
        Some(bare::PART) => runtime.block_on(bare::serve()),
        Some(sink::PART) => runtime.block_on(sink::serve()),
        Some(other) => panic!("there is no part {other}"),
    }
    ExitCode::SUCCESS
}

async fn run() -> ExitCode {
    let (mails, rounds) = (count_from(MAILS, 10_000), count_from(ROUNDS, 3));
    let folder = tempfile::tempdir_in(bench::folder()).unwrap();
    let folder = folder.path();
    let mut sink = Sink::start(folder);
    let people = 1 + rounds::warm_up(mails) + mails * rounds;
    let mut ours = Ours::start(folder, &sink.url, people).await;
    let servers = Servers::find(&mut ours.owner).await;

    let mut us = contenders::ours(&ours);
    us.asks.ask("go 0 1");
    assert_eq!(sink.wait(1, Duration::from_secs(60)).distinct, 1, "the first mail did not come");
    let mail = folder.join("mail.json");
    Mail::read(&sink.last()).write(&mail);

    progress("the peers are installed and started");
    let place = Place { folder, mail: &mail, smtp_url: &sink.url };
    let mut contenders = vec![us, contenders::bullmq(&place), contenders::celery(&place), contenders::bare(&place)];
    let figures = rounds::measure(&mut contenders, &mut sink, (&servers, &mut ours.owner), rounds, mails).await;
    drop(contenders);
    rounds::table(&figures);
    let mut goals = Goals::of("delivery");
    rounds::judge(&figures, &mut goals);
    backlog::measure(&mut ours, &mut sink, folder, &mut goals).await;
    goals.report()
}

/// A number from the environment.
fn count_from(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |count| count.parse().expect("a number"))
}

fn clients() -> usize {
    count_from(CLIENTS, 32)
}

/// Says how far it is.
fn progress(what: &str) {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    eprintln!("{:>6.1} s  {what}", BEGUN.elapsed().as_secs_f64());
}
