//! All that is learned, learned from the training interviews alone: which columns, how strong a prior, the calibration, the
//! threshold, the coefficients. The tested interviews are looked at once, to be forecast.

use chrono::NaiveDate;
use usher_analytics::risk::calibrate::Calibration;
use usher_analytics::risk::linear::dot;
use usher_analytics::risk::logistic::{self, Options, Prior, sigmoid};
use usher_analytics::risk::metrics::{self, Confusion};

use crate::columns::{self, Set};
use crate::interviews::{Interview, Word};
use crate::random::Random;

/// Prior precisions to choose from, on the logit scale; 1 is a standard deviation of one unit.
pub const PRECISIONS: [f64; 5] = [0.3, 1.0, 3.0, 10.0, 30.0];
const INNER_FOLDS: usize = 5;

/// What is given.
pub struct Task<'a> {
    pub interviews: &'a [Interview],
    /// The true outcomes, or shuffled ones.
    pub outcomes: &'a [bool],
    /// The sets of columns to choose from.
    pub sets: &'a [Set],
    /// Whether the inner folds keep a day together, as the outer ones do.
    pub by_day: bool,
}

/// What one round of training forecast.
pub struct Round {
    /// Before calibration.
    pub raw: Vec<f64>,
    /// After it.
    pub calibrated: Vec<f64>,
    /// The threshold at which the training interviews' inner forecasts had the recruiters' precision.
    pub threshold: f64,
    pub set: Set,
    pub precision: f64,
}

/// Cuts interviews into folds, at random or by whole days.
pub fn folds(dates: &[(usize, NaiveDate)], count: usize, by_day: bool, random: &mut Random) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    if by_day {
        let mut sorted = dates.to_vec();
        sorted.sort_by_key(|one| (one.1, one.0));
        let days = sorted.chunk_by(|one, other| one.1 == other.1);
        groups.extend(days.map(|day| day.iter().map(|one| one.0).collect::<Vec<_>>()));
    } else {
        groups.extend(dates.iter().map(|one| vec![one.0]));
    }
    random.shuffle(&mut groups);
    let mut folds = vec![Vec::new(); count];
    for group in groups {
        // The smallest fold takes the next group, so that big days do not pile up.
        if let Some(fold) = folds.iter_mut().min_by_key(|fold| fold.len()) {
            fold.extend(group);
        }
    }
    folds.retain(|fold| !fold.is_empty());
    folds
}

/// Trains on some and forecasts others.
pub fn round(task: &Task, training: &[usize], tested: &[usize], random: &mut Random) -> Round {
    let dates: Vec<_> = training.iter().map(|&i| (i, task.interviews[i].date)).collect();
    let inner = folds(&dates, INNER_FOLDS, task.by_day, random);
    let order: Vec<usize> = inner.iter().flatten().copied().collect();
    let truth: Vec<bool> = order.iter().map(|&i| task.outcomes[i]).collect();
    let mut best: Option<(f64, Set, f64, Vec<f64>)> = None;
    for &set in task.sets {
        for (precision, forecasts) in PRECISIONS.into_iter().zip(inner_forecasts(task, training, &inner, set)) {
            let loss = metrics::log_loss(&forecasts, &truth).unwrap_or(f64::INFINITY);
            if best.as_ref().is_none_or(|best| loss < best.0) {
                best = Some((loss, set, precision, forecasts));
            }
        }
    }
    let (_, set, precision, forecasts) = best.unwrap_or((0.0, task.sets[0], 1.0, Vec::new()));
    let calibration = Calibration::fit(&forecasts, &truth);
    let bent: Vec<f64> = forecasts.iter().map(|&p| calibration.apply(p)).collect();
    let words: Vec<bool> = order.iter().map(|&i| task.interviews[i].word != Word::Yes).collect();
    let wanted = Confusion::of(&words, &truth).precision().unwrap_or(1.0);
    let rows = columns::rows(task.interviews, training, task.outcomes, set);
    let raw = fit(&rows, task.outcomes, training, tested, precision);
    Round {
        calibrated: raw.iter().map(|&p| calibration.apply(p)).collect(),
        raw,
        threshold: metrics::recall_at_precision(&bent, &truth, wanted).map_or(1.0, |found| found.1),
        set,
        precision,
    }
}

/// Out-of-fold forecasts within the training interviews, for each precision, in the order of the folds.
fn inner_forecasts(task: &Task, training: &[usize], inner: &[Vec<usize>], set: Set) -> Vec<Vec<f64>> {
    let mut forecasts = vec![Vec::new(); PRECISIONS.len()];
    for fold in inner {
        let held: std::collections::HashSet<usize> = fold.iter().copied().collect();
        let rest: Vec<usize> = training.iter().copied().filter(|i| !held.contains(i)).collect();
        let rows = columns::rows(task.interviews, &rest, task.outcomes, set);
        for (forecasts, precision) in forecasts.iter_mut().zip(PRECISIONS) {
            forecasts.extend(fit(&rows, task.outcomes, &rest, fold, precision));
        }
    }
    forecasts
}

fn fit(rows: &[Vec<f64>], outcomes: &[bool], training: &[usize], tested: &[usize], precision: f64) -> Vec<f64> {
    let width = rows.first().map_or(0, Vec::len);
    let mut prior = Prior { mean: vec![0.0; width], precision: vec![precision; width] };
    // The intercept is left nearly free: how many are missed is for the data to say.
    if let Some(intercept) = prior.precision.first_mut() {
        *intercept = 0.01;
    }
    let past: Vec<Vec<f64>> = training.iter().map(|&i| rows[i].clone()).collect();
    let missed: Vec<bool> = training.iter().map(|&i| outcomes[i]).collect();
    match logistic::fit(&past, &missed, &prior, &Options::default()) {
        Ok(fit) => tested.iter().map(|&i| sigmoid(dot(&rows[i], &fit.coefficients))).collect(),
        // What can not be fitted is no forecast; the figures would show the gap.
        Err(_) => vec![f64::NAN; tested.len()],
    }
}
