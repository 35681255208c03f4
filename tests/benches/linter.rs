//! The clarity linter: what a message of 2,000 characters costs in either language, beside the same patterns looked for
//! one after another.
//!
//! The messages are made of the corpus, each of other ones, so that no cache knows the text that comes next.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that can not be made fails")]

use std::{
    hint::black_box,
    process::ExitCode,
    time::{Duration, Instant},
};

use clarity::{Kind, Language, Linter, Tuning};
use usher_tests::bench::{Goals, percentile};

const CORPUS: &str = include_str!("../../crates/clarity/corpus/messages.jsonl");
/// Characters of a message.
const LENGTH: usize = 2_000;
const MESSAGES: usize = 64;
const ROUNDS: usize = 40;
/// Rounds of the peer, which takes longer.
const PEER_ROUNDS: usize = 4;

fn main() -> ExitCode {
    let mut goals = Goals::of("linter");
    for language in Language::ALL {
        measure(language, &mut goals);
    }
    goals.report()
}

fn measure(language: Language, goals: &mut Goals) {
    let messages = messages(language);
    let mut ours = timed(&messages, ROUNDS, |text| {
        let report = Linter::lint(Kind::InterviewInvitation, language, text, &Tuning::default());
        black_box(report.findings.len())
    });
    let peer = clarity::peer::OneByOne::new(language);
    let mut theirs = timed(&messages, PEER_ROUNDS, |text| black_box(peer.count(text)));
    let (p50, p99) = (microseconds(percentile(&mut ours, 50)), microseconds(percentile(&mut ours, 99)));
    let naive = microseconds(percentile(&mut theirs, 50));
    println!(
        "{language}: {LENGTH} characters, {MESSAGES} messages, {ROUNDS} rounds: p50 {p50:.0} µs, p99 {p99:.0} µs; the same \
         {} patterns one regular expression after another: p50 {naive:.0} µs, {:.1} times as long",
        peer.patterns(),
        naive / p50
    );
    goals.at_most(&format!("{language}, {LENGTH} characters, p50"), p50, 200.0, " µs");
}

/// The time of each message in each round but the first, which warms up.
fn timed(messages: &[String], rounds: usize, work: impl Fn(&str) -> usize) -> Vec<Duration> {
    let mut times = Vec::with_capacity(messages.len() * rounds);
    for round in 0..=rounds {
        for message in messages {
            let begun = Instant::now();
            work(message);
            if round > 0 {
                times.push(begun.elapsed());
            }
        }
    }
    times
}

/// Messages of that length, each of the corpus from another place on.
fn messages(language: Language) -> Vec<String> {
    let of_language = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        (message["language"] == language.tag()).then(|| message["text"].as_str().unwrap().to_owned())
    };
    let texts: Vec<String> = CORPUS.lines().filter_map(of_language).collect();
    let from = |number: usize| {
        let all = texts.iter().cycle().skip(number * texts.len() / MESSAGES);
        all.flat_map(|text| text.chars().chain(['\n'])).take(LENGTH).collect()
    };
    (0..MESSAGES).map(from).collect()
}

fn microseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000_000.0
}
