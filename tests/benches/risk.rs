//! How well the no-show model's regression and calibration forecast real interviews, out of sample and without protected
//! attributes, beside the recruiters' own forecasts of the same interviews.
//!
//! The table is not part of the project (`tests/it/history.rs` says more); where it is absent, the benchmark says so. What it
//! prints is Markdown, and docs/no-show.md tells how it is to be read.
#![expect(clippy::print_stdout, reason = "it prints its figures")]

#[path = "risk/columns.rs"]
mod columns;
#[path = "risk/dates.rs"]
mod dates;
#[path = "risk/figures.rs"]
mod figures;
#[path = "risk/interviews.rs"]
mod interviews;
#[path = "risk/pipeline.rs"]
mod pipeline;
#[path = "risk/print.rs"]
mod print;
#[path = "risk/random.rs"]
mod random;
#[path = "risk/schemes.rs"]
mod schemes;

use std::{path::Path, process::ExitCode};

use chrono::NaiveDate;

use columns::{Calls, Set};
use dates::Slashes;
use figures::Forecaster;
use interviews::{Interview, Word};
use random::Random;
use schemes::{Run, Scheme};
use usher_tests::bench::Goals;

const SEED: u64 = 20_161_204;
const REPEATS: u64 = 10;
const CALLS: Set = Set { calls: Calls::Each, appointment: 0.0, word: false };
const APPOINTMENT: Set = Set { calls: Calls::No, appointment: 1.0, word: false };
const BOTH: Set = Set { calls: Calls::Each, appointment: 1.0, word: false };
const SHORT: Set = Set { calls: Calls::Short, appointment: 0.0, word: false };
/// The plan that was made before any figure was seen.
const FIRST: [Set; 3] = [CALLS, APPOINTMENT, BOTH];
/// A wider one, made after the figures of the first.
const WIDER: [Set; 7] = [
    CALLS,
    SHORT,
    BOTH,
    Set { appointment: 0.5, ..BOTH },
    Set { appointment: 1.0, ..SHORT },
    Set { appointment: 0.5, ..SHORT },
    Set { appointment: 0.25, ..SHORT },
];

/// The same columns and the recruiters' word.
fn with_word(set: Set) -> Set {
    Set { word: true, ..set }
}

fn main() -> ExitCode {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/interview-attendance.csv");
    if !table.exists() {
        println!("skipped: {} is not there", table.display());
        return ExitCode::SUCCESS;
    }
    match measured(&table.display().to_string()) {
        Ok(goals) => goals.report(),
        Err(error) => {
            println!("the table can not be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measured(path: &str) -> Result<Goals, String> {
    let interviews = interviews::read(path, Slashes::DayFirst)?;
    print::words(&interviews);
    let (first, forecasters) = compare(&interviews, Scheme::Random, "day first");
    for scheme in [Scheme::Days, Scheme::Forward] {
        compare(&interviews, scheme, "day first");
    }
    compare(&interviews::read(path, Slashes::MonthFirst)?, Scheme::Forward, "slashes month first");
    print::tables(&interviews, &first);
    parts(&interviews);
    shuffled(&interviews);
    Ok(goals(&interviews, &forecasters))
}

/// The model without the recruiters' word against their words, where whatever is not Yes is a no-show: in random folds.
fn goals(interviews: &[Interview], forecasters: &[Forecaster]) -> Goals {
    let outcomes: Vec<bool> = interviews.iter().map(|interview| interview.missed).collect();
    let tested: Vec<usize> = (0..interviews.len()).collect();
    let precision = print::recruiters_precision(interviews, &tested);
    let of = |name: &str| {
        let found = forecasters.iter().find(|forecaster| forecaster.name.starts_with(name));
        found.map_or([f64::NAN; figures::COUNT], |found| figures::measures(found, &outcomes, &tested, precision))
    };
    let (model, recruiters) = (of("MODEL without"), of("recruiters A"));
    let mut goals = Goals::of("risk");
    goals.at_least("accuracy, at least as published with protected attributes", 100.0 * model[0], 71.0, " %");
    goals.at_least("accuracy, at least the recruiters'", 100.0 * model[0], 100.0 * recruiters[0], " %");
    goals.at_least("AUC within rounds, at least the recruiters'", model[7], recruiters[7], "");
    goals.at_most("Brier score, at most the recruiters'", model[2], recruiters[2], "");
    goals.at_least("recall at the recruiters' precision", 100.0 * model[6], 100.0 * recruiters[6], " %");
    goals
}

/// Everybody's figures in one scheme. Gives back the first run of the model without the word, and everybody.
fn compare(interviews: &[Interview], scheme: Scheme, dates: &str) -> (Run, Vec<Forecaster>) {
    let outcomes: &[bool] = &interviews.iter().map(|interview| interview.missed).collect::<Vec<_>>();
    // Going forward in time there is one order of days; only the inner folds are drawn.
    let repeats = if scheme == Scheme::Forward { 3 } else { REPEATS };
    // One thread for each repeat; their order in the result is that of the seeds.
    let all = |sets: &[Set]| -> Vec<Run> {
        std::thread::scope(|scope| {
            let start = |repeat| scope.spawn(move || schemes::run(interviews, outcomes, sets, scheme, SEED + repeat));
            let started: Vec<_> = (0..repeats).map(start).collect();
            started.into_iter().filter_map(|run| run.join().ok()).collect()
        })
    };
    let with = |sets: &[Set]| all(&sets.iter().copied().map(with_word).collect::<Vec<_>>());
    let (first, wider) = (all(&FIRST), all(&WIDER));
    let (first_word, wider_word) = (with(&FIRST), with(&WIDER));
    let word = |name, yes: f64, open: f64, no: f64| {
        let one = |interview: &Interview| match interview.word {
            Word::Yes => yes,
            Word::Uncertain | Word::Nothing => open,
            Word::No => no,
        };
        let said: Vec<f64> = interviews.iter().map(one).collect();
        // They learned nothing and need no rounds; they get the model's, so that within rounds the same pairs are compared.
        let rounds: Vec<_> = first.iter().map(|run| run.round.clone()).collect();
        Forecaster { name, repeats: vec![said; rounds.len()], rounds }
    };
    let of = |name, runs: &[Run], take: fn(&Run) -> &Vec<f64>| Forecaster {
        name,
        repeats: runs.iter().map(|run| take(run).clone()).collect(),
        rounds: runs.iter().map(|run| run.round.clone()).collect(),
    };
    let forecasters = [
        of("base rate of the training interviews", &first, |run| &run.base),
        word("recruiters A: whatever is not Yes is a no-show", 0.0, 1.0, 1.0),
        word("recruiters B: only No is a no-show", 0.0, 0.0, 1.0),
        word("recruiters' order: Yes 0, Uncertain a hair below ½, No 1", 0.0, 0.499, 1.0),
        of("recruiters' words, their frequencies learned", &first, |run| &run.word),
        of("MODEL without the word", &first, |run| &run.model),
        of("MODEL with the word", &first_word, |run| &run.model),
        of("wider MODEL without the word", &wider, |run| &run.model),
        of("wider MODEL with the word", &wider_word, |run| &run.model),
    ];
    let days: Vec<NaiveDate> = interviews.iter().map(|interview| interview.date).collect();
    print::scheme(scheme, dates, &forecasters, outcomes, &days);
    print::paired(interviews, &forecasters, &[&first, &first_word, &wider, &wider_word]);
    (first[0].clone(), forecasters.to_vec())
}

/// What each part of the columns is worth alone, in the random and the daily folds.
fn parts(interviews: &[Interview]) {
    let outcomes: Vec<bool> = interviews.iter().map(|interview| interview.missed).collect();
    println!("\n## Parts (3 repeats, precision chosen inside)\n");
    println!("| Columns | Folds | {} |\n|---|---|{}", figures::NAMES.join(" | "), "---:|".repeat(figures::COUNT));
    let tested: Vec<usize> = (0..interviews.len()).collect();
    for (name, set) in [
        ("calls", CALLS),
        ("appointment", APPOINTMENT),
        ("calls, short", SHORT),
        ("both", BOTH),
        ("calls, short, and appointment drawn in", Set { appointment: 0.5, ..SHORT }),
        ("calls and word", with_word(CALLS)),
        ("all", with_word(BOTH)),
    ] {
        for scheme in [Scheme::Random, Scheme::Days] {
            let runs: Vec<Run> =
                (0..3).map(|repeat| schemes::run(interviews, &outcomes, &[set], scheme, SEED + repeat)).collect();
            let forecaster = Forecaster {
                name,
                repeats: runs.iter().map(|run| run.model.clone()).collect(),
                rounds: runs.iter().map(|run| run.round.clone()).collect(),
            };
            let precision = print::recruiters_precision(interviews, &tested);
            let values = figures::measures(&forecaster, &outcomes, &tested, precision);
            println!("| {name} | {scheme:?} | {} |", values.map(|value| format!("{value:.4}")).join(" | "));
        }
    }
}

/// With shuffled outcomes nothing can be forecast; if it seems so, something looks at what it forecasts.
fn shuffled(interviews: &[Interview]) {
    let mut outcomes: Vec<bool> = interviews.iter().map(|interview| interview.missed).collect();
    let mut random = Random::new(SEED);
    let tested: Vec<usize> = (0..interviews.len()).collect();
    for (name, set) in [("without", FIRST), ("with", FIRST.map(with_word))] {
        let (mut accuracy, mut area) = (Vec::new(), Vec::new());
        for seed in 0..30 {
            random.shuffle(&mut outcomes);
            let run = schemes::run(interviews, &outcomes, &set, Scheme::Random, seed);
            let values = figures::measures(
                &Forecaster { name, repeats: vec![run.model], rounds: vec![run.round] },
                &outcomes,
                &tested,
                1.0,
            );
            accuracy.push(values[0]);
            area.push(values[7]);
        }
        print::shuffled(name, &accuracy, &area);
    }
}
