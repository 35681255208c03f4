//! The figures as Markdown.

use chrono::NaiveDate;
use usher_analytics::risk::calibrate::miscalibration;
use usher_analytics::risk::metrics::{self, Confusion};
use usher_analytics::risk::reliability;

use crate::figures::{self, COUNT, Forecaster, NAMES};
use crate::interviews::{Interview, Word};
use crate::schemes::{Run, Scheme};

/// A word taken as a forecast of a no-show, or not taken at all.
type Reading = fn(Word) -> Option<bool>;

const SAMPLES: usize = 1_000;
const MODELS: [&str; 4] = ["without the word", "with the word", "wider, without the word", "wider, with the word"];

fn percent(value: f64) -> String {
    format!("{:.1} %", 100.0 * value)
}

/// Their words against what happened, and every way of reading them.
pub fn words(interviews: &[Interview]) {
    let missed = interviews.iter().filter(|interview| interview.missed).count();
    println!(
        "## The file\n\n{} interviews, {missed} missed.\n\n| Word | came | missed |\n|---|---:|---:|",
        interviews.len()
    );
    for word in [Word::Yes, Word::Uncertain, Word::No, Word::Nothing] {
        let count = |missed| interviews.iter().filter(|i| i.word == word && i.missed == missed).count();
        println!("| {word:?} | {} | {} |", count(false), count(true));
    }
    println!("\n| Reading | n | accuracy | recall | precision |\n|---|---:|---:|---:|---:|");
    let readings: [(&str, Reading); 4] = [
        ("A: whatever is not Yes is a no-show", |word| Some(word != Word::Yes)),
        ("B: only No is a no-show", |word| Some(word == Word::No)),
        ("A without the four that have no word", |word| (word != Word::Nothing).then_some(word != Word::Yes)),
        ("only Yes and No, the others left out", |word| {
            matches!(word, Word::Yes | Word::No).then_some(word == Word::No)
        }),
    ];
    for (name, reading) in readings {
        let read = interviews.iter().filter_map(|i| reading(i.word).map(|forecast| (forecast, i.missed)));
        let (forecasts, outcomes): (Vec<bool>, Vec<bool>) = read.unzip();
        let counts = Confusion::of(&forecasts, &outcomes);
        if let (Some(accuracy), Some(recall), Some(precision)) =
            (counts.accuracy(), counts.recall(), counts.precision())
        {
            let figures = [accuracy, recall, precision].map(percent).join(" | ");
            println!("| {name} | {} | {figures} |", outcomes.len());
        }
    }
    let right = |i: &&Interview| (i.word == Word::Yes && !i.missed) || (i.word == Word::No && i.missed);
    let right = interviews.iter().filter(right).count();
    println!("\nWord for word, with Uncertain wrong either way: {right} of {} right.", interviews.len());
}

/// The precision of reading A.
pub fn recruiters_precision(interviews: &[Interview], tested: &[usize]) -> f64 {
    let words: Vec<bool> = tested.iter().map(|&i| interviews[i].word != Word::Yes).collect();
    let outcomes: Vec<bool> = tested.iter().map(|&i| interviews[i].missed).collect();
    Confusion::of(&words, &outcomes).precision().unwrap_or(1.0)
}

/// One table of everybody's figures, and one of differences.
pub fn scheme(scheme: Scheme, dates: &str, forecasters: &[Forecaster; 9], outcomes: &[bool], days: &[NaiveDate]) {
    let tested: Vec<usize> = (0..outcomes.len()).filter(|&i| forecasters[5].repeats[0][i].is_finite()).collect();
    let missed = tested.iter().filter(|&&i| outcomes[i]).count();
    println!("\n## {scheme:?} ({dates}): {} forecast, {missed} missed\n", tested.len());
    println!("| Forecaster | {} |\n|---|{}", NAMES.join(" | "), "---:|".repeat(COUNT));
    let precision = figures::measures(&forecasters[1], outcomes, &tested, 0.0)[5];
    for forecaster in forecasters {
        let values = figures::measures(forecaster, outcomes, &tested, precision);
        println!("| {} | {} |", forecaster.name, values.map(|value| format!("{value:.4}")).join(" | "));
    }
    println!(
        "\nRepeats of the model without the word, accuracy and AUC within rounds: {}.",
        spread(&forecasters[5], outcomes, &tested)
    );
    let precision_of = |sample: &[usize]| figures::measures(&forecasters[1], outcomes, sample, 0.0)[5];
    // By interviews and by days; sample by sample; everybody. The precision asked for is the recruiters' in that sample.
    let drawn: [Vec<[[f64; COUNT]; 9]>; 2] = [false, true].map(|by_day| {
        let samples = figures::samples(&tested, days, by_day, SAMPLES, 7);
        let everybody = |sample: &Vec<usize>| {
            let precision = precision_of(sample);
            forecasters.each_ref().map(|forecaster| figures::measures(forecaster, outcomes, sample, precision))
        };
        samples.iter().map(everybody).collect()
    });
    let bounds = |of: &dyn Fn(&[[f64; COUNT]; 9]) -> f64| {
        let each = drawn.each_ref().map(|samples| figures::interval(samples.iter().map(of).collect()));
        each.map(|(low, high)| format!("{low:.3} to {high:.3}")).join("; ")
    };
    println!("\n| Difference (95 % by interviews; by days) | {} |\n|---|{}", NAMES.join(" | "), "---:|".repeat(COUNT));
    for (one, other) in [
        (5, 0),
        (5, 1),
        (5, 2),
        (5, 3),
        (5, 4),
        (6, 1),
        (6, 2),
        (6, 3),
        (6, 4),
        (7, 1),
        (7, 2),
        (7, 3),
        (7, 4),
        (7, 5),
        (8, 1),
        (8, 2),
        (8, 3),
        (8, 4),
    ] {
        let of = |index: usize| figures::measures(&forecasters[index], outcomes, &tested, precision);
        let (ours, theirs) = (of(one), of(other));
        let cells = (0..COUNT).map(|i| {
            let bounds = bounds(&|sample| sample[one][i] - sample[other][i]);
            format!("{:+.4} ({bounds})", ours[i] - theirs[i])
        });
        let names = format!("{} − {}", forecasters[one].name, forecasters[other].name);
        println!("| {names} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    println!("\n| 95 % by interviews; by days | {} |\n|---|{}", NAMES.join(" | "), "---:|".repeat(COUNT));
    for index in 1..9 {
        let cells = (0..COUNT).map(|i| bounds(&|sample| sample[index][i]));
        println!("| {} | {} |", forecasters[index].name, cells.collect::<Vec<_>>().join(" | "));
    }
}

fn spread(forecaster: &Forecaster, outcomes: &[bool], tested: &[usize]) -> String {
    let each = forecaster.repeats.iter().zip(&forecaster.rounds).map(|(repeat, rounds)| {
        let one = Forecaster { name: forecaster.name, repeats: vec![repeat.clone()], rounds: vec![rounds.clone()] };
        let values = figures::measures(&one, outcomes, tested, 1.0);
        format!("{:.3}/{:.3}", values[0], values[7])
    });
    each.collect::<Vec<_>>().join(", ")
}

/// McNemar's test against both readings, and the thresholds that were chosen inside.
pub fn paired(interviews: &[Interview], forecasters: &[Forecaster; 9], runs: &[&[Run]; 4]) {
    println!("\n| McNemar at ½, first repeat | model alone right | recruiters alone right | p |\n|---|---:|---:|---:|");
    for (model, reading) in [(5, 1), (5, 2), (6, 1), (6, 2), (7, 1), (7, 2), (8, 1), (8, 2)] {
        let (ours, theirs) = (&forecasters[model].repeats[0], &forecasters[reading].repeats[0]);
        let tested: Vec<usize> = (0..interviews.len()).filter(|&i| ours[i].is_finite()).collect();
        let says = |p: &[f64]| tested.iter().map(|&i| p[i] >= 0.5).collect::<Vec<_>>();
        let outcomes: Vec<bool> = tested.iter().map(|&i| interviews[i].missed).collect();
        let (one, other, p) = figures::mcnemar(&says(ours), &says(theirs), &outcomes);
        println!("| {} against {} | {one} | {other} | {p:.3} |", forecasters[model].name, forecasters[reading].name);
    }
    println!(
        "\n| Threshold chosen in training for the recruiters' precision | accuracy | recall | precision |\n|---|---:|---:|---:|"
    );
    for (name, runs) in MODELS.into_iter().zip(runs) {
        let (mut said, mut outcomes) = (Vec::new(), Vec::new());
        for run in *runs {
            for (i, interview) in interviews.iter().enumerate().filter(|(i, _)| run.model[*i].is_finite()) {
                said.push(run.flagged[i]);
                outcomes.push(interview.missed);
            }
        }
        let counts = Confusion::of(&said, &outcomes);
        let figures = [counts.accuracy(), counts.recall(), counts.precision()].map(|v| percent(v.unwrap_or(f64::NAN)));
        println!("| {name} | {} |", figures.join(" | "));
    }
    for (name, runs) in MODELS.into_iter().zip(runs) {
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for (set, precision) in runs.iter().flat_map(|run| &run.chosen) {
            let part = format!("calls {:?}, appointment {}, precision {precision}", set.calls, set.appointment);
            *counts.entry(part).or_default() += 1;
        }
        let counts: Vec<String> = counts.into_iter().map(|(name, count)| format!("{name}: {count}")).collect();
        println!("\nChosen inside, {name}: {}.", counts.join(", "));
    }
}

/// Calibration of one run.
pub fn tables(interviews: &[Interview], run: &Run) {
    let outcomes: Vec<bool> = interviews.iter().map(|interview| interview.missed).collect();
    println!("\n## Calibration, random folds, first repeat, without the word\n");
    println!("| forecast | n | missed | observed | 95 % |\n|---:|---:|---:|---:|---:|");
    let table = reliability::table(&run.model, &outcomes, 10);
    for bin in &table {
        let (lower, upper) = (percent(bin.observed.lower), percent(bin.observed.upper));
        let (forecast, observed) = (percent(bin.predicted), percent(bin.observed.value));
        println!("| {forecast} | {} | {} | {observed} | {lower} to {upper} |", bin.n, bin.events);
    }
    for (name, p) in [("calibrated", &run.model), ("not calibrated", &run.raw)] {
        let table = reliability::table(p, &outcomes, 10);
        let skill = metrics::brier_skill(p, &run.base, &outcomes);
        println!(
            "\n{name}: expected error {:?}, miscalibration {:?}, line {:?}, skill {skill:?}",
            reliability::expected_error(&table),
            miscalibration(p, &outcomes),
            reliability::line(p, &outcomes)
        );
    }
}

/// What came of shuffled outcomes.
pub fn shuffled(name: &str, accuracy: &[f64], area: &[f64]) {
    let mean = |values: &[f64]| metrics::mean(values).unwrap_or(f64::NAN);
    let most = accuracy.iter().copied().fold(f64::NAN, f64::max);
    println!(
        "\nShuffled outcomes, {name} the word, {} times: accuracy {:.4} on average, {most:.4} at most; AUC within rounds {:.4} on average.",
        accuracy.len(),
        mean(accuracy),
        mean(area)
    );
}
