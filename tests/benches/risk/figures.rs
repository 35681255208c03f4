//! Figures of forecasts, averaged over repeats, and their bootstrap intervals.

use chrono::NaiveDate;
use usher_analytics::risk::metrics::{self, Confusion};

use crate::random::Random;

/// What one forecaster said in each repeat: a probability, or several forecasters' word turned into one.
#[derive(Clone)]
pub struct Forecaster {
    pub name: &'static str,
    pub repeats: Vec<Vec<f64>>,
    /// In each repeat, the round in which somebody was forecast.
    pub rounds: Vec<Vec<usize>>,
}

/// How many measures there are.
pub const COUNT: usize = 8;
/// The measures in the order of the tables.
pub const NAMES: [&str; COUNT] = [
    "accuracy",
    "AUC pooled",
    "Brier",
    "log loss",
    "recall at ½",
    "precision at ½",
    "recall at the recruiters' precision",
    "AUC within rounds",
];

/// All measures over some interviews (which may come several times), averaged over repeats.
pub fn measures(forecaster: &Forecaster, outcomes: &[bool], sample: &[usize], precision: f64) -> [f64; COUNT] {
    let mut sums = [0.0; COUNT];
    let truth: Vec<bool> = sample.iter().map(|&i| outcomes[i]).collect();
    for (repeat, rounds) in forecaster.repeats.iter().zip(&forecaster.rounds) {
        let p: Vec<f64> = sample.iter().map(|&i| repeat[i]).collect();
        let counts = Confusion::at(0.5, &p, &truth);
        let found = [
            counts.accuracy(),
            metrics::auc(&p, &truth),
            metrics::brier(&p, &truth),
            metrics::log_loss(&p, &truth),
            counts.recall(),
            counts.precision(),
            // A hair less, for the precision asked for is a mean over repeats and may be rounded up.
            Some(metrics::recall_at_precision(&p, &truth, precision - 1e-9).map_or(0.0, |found| found.0)),
            within(&p, &truth, sample, rounds),
        ];
        for (sum, value) in sums.iter_mut().zip(found) {
            *sum += value.unwrap_or(f64::NAN);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "ten repeats")]
    let repeats = forecaster.repeats.len() as f64;
    sums.map(|sum| sum / repeats)
}

/// The area under the curve from pairs of the same round alone. Pooled over rounds it is too low where many forecasts are alike:
/// a round with many events was trained on few, so its forecasts are all a little lower (G. Forman, M. Scholz, SIGKDD
/// Explorations 12 (2010) 49–57). The base rate shows it: pooled it has less than one half.
fn within(p: &[f64], truth: &[bool], sample: &[usize], rounds: &[usize]) -> Option<f64> {
    let mut groups = std::collections::BTreeMap::<usize, (Vec<f64>, Vec<bool>)>::new();
    for ((&p, &outcome), &i) in p.iter().zip(truth).zip(sample) {
        let group = groups.entry(rounds[i]).or_default();
        group.0.push(p);
        group.1.push(outcome);
    }
    let (mut won, mut all) = (0.0, 0.0);
    for (p, outcomes) in groups.values() {
        let events: f64 = outcomes.iter().map(|&outcome| f64::from(u8::from(outcome))).sum();
        let others: f64 = outcomes.iter().map(|&outcome| f64::from(u8::from(!outcome))).sum();
        won += metrics::auc(p, outcomes).unwrap_or(0.0) * events * others;
        all += events * others;
    }
    (all > 0.0).then(|| won / all)
}

/// Samples to draw intervals from: interviews drawn with replacement, or whole days.
pub fn samples(tested: &[usize], dates: &[NaiveDate], by_day: bool, count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut random = Random::new(seed);
    let mut sorted = tested.to_vec();
    sorted.sort_by_key(|&i| (dates[i], i));
    let groups: Vec<Vec<usize>> = if by_day {
        sorted.chunk_by(|&one, &other| dates[one] == dates[other]).map(<[usize]>::to_vec).collect()
    } else {
        sorted.iter().map(|&i| vec![i]).collect()
    };
    (0..count).map(|_| (0..groups.len()).flat_map(|_| groups[random.below(groups.len())].clone()).collect()).collect()
}

/// The middle 95 % of what a figure was over the samples (B. Efron's percentile interval).
pub fn interval(mut values: Vec<f64>) -> (f64, f64) {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let at = |thousandth: usize| values.get((values.len() * thousandth) / 1000).copied().unwrap_or(f64::NAN);
    (at(25), at(975).max(at(25)))
}

/// McNemar's test, exact and two-sided: Q. McNemar, Psychometrika 12 (1947) 153–157. How often the one alone and the other
/// alone was right, and the chance of a difference as large if neither were better.
pub fn mcnemar(one: &[bool], other: &[bool], outcomes: &[bool]) -> (u32, u32, f64) {
    let (mut first, mut second) = (0_u32, 0_u32);
    for ((one, other), outcome) in one.iter().zip(other).zip(outcomes) {
        first += u32::from(one == outcome && other != outcome);
        second += u32::from(one != outcome && other == outcome);
    }
    let n = first + second;
    let mut term = 0.5_f64.powf(f64::from(n));
    let mut tail = term;
    for k in 1..=first.min(second) {
        term *= f64::from(n + 1 - k) / f64::from(k);
        tail += term;
    }
    (first, second, (2.0 * tail).min(1.0))
}
