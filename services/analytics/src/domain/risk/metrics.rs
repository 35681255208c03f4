//! How good forecasts were. All of it takes forecast probabilities of the event and what then happened, pair by pair as far
//! as both go, and says nothing where nothing can be said. What is no number is left out with its pair.

use super::logistic::sigmoid;
use crate::domain::wilson::{Interval, Z};

/// Counts at one threshold; the event is the positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    /// Forecast, and happened.
    pub hits: u32,
    /// Forecast, and did not happen.
    pub false_alarms: u32,
    /// Not forecast, and happened.
    pub misses: u32,
    /// Not forecast, and did not happen.
    pub quiet: u32,
}

impl Confusion {
    /// What was forecast, with `true` for the event.
    pub fn of(forecasts: &[bool], outcomes: &[bool]) -> Self {
        let mut counts = Self::default();
        for (&forecast, &outcome) in forecasts.iter().zip(outcomes) {
            let count = match (forecast, outcome) {
                (true, true) => &mut counts.hits,
                (true, false) => &mut counts.false_alarms,
                (false, true) => &mut counts.misses,
                (false, false) => &mut counts.quiet,
            };
            *count += 1;
        }
        counts
    }

    /// The event is forecast from `threshold` on.
    pub fn at(threshold: f64, probabilities: &[f64], outcomes: &[bool]) -> Self {
        let pairs = pairs(probabilities, outcomes);
        let forecasts: Vec<bool> = pairs.iter().map(|pair| pair.0 >= threshold).collect();
        let outcomes: Vec<bool> = pairs.iter().map(|pair| pair.1).collect();
        Self::of(&forecasts, &outcomes)
    }

    /// The share of forecasts that were right.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.hits + self.quiet, self.hits + self.quiet + self.misses + self.false_alarms)
    }

    /// Of the events that were forecast, how many happened.
    pub fn precision(&self) -> Option<f64> {
        share(self.hits, self.hits + self.false_alarms)
    }

    /// Of the events that happened, how many were forecast.
    pub fn recall(&self) -> Option<f64> {
        share(self.hits, self.hits + self.misses)
    }
}

fn share(k: u32, n: u32) -> Option<f64> {
    (n > 0).then(|| f64::from(k) / f64::from(n))
}

/// The pairs that are numbers.
pub(super) fn pairs(probabilities: &[f64], outcomes: &[bool]) -> Vec<(f64, bool)> {
    let all = probabilities.iter().copied().zip(outcomes.iter().copied());
    // Zero with a minus sign is zero: ties are told by `total_cmp`.
    all.filter(|pair| pair.0.is_finite()).map(|pair| (pair.0 + 0.0, pair.1)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

/// The arithmetic mean; nothing of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count(values.len()))
}

/// The area under the receiver operating characteristic: the chance that of one event and one non-event, drawn at random, the
/// event had the higher forecast, ties counted half. D. Bamber, Journal of Mathematical Psychology 12 (1975) 387–415; by
/// ranks it is Mann's and Whitney's U (J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29–36).
pub fn auc(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    let mut pairs = pairs(probabilities, outcomes);
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut below, mut won, mut events) = (0.0, 0.0, 0.0);
    for tied in pairs.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        let here = count(tied.iter().filter(|pair| pair.1).count());
        let others = count(tied.len()) - here;
        won += here * (below + others / 2.0);
        below += others;
        events += here;
    }
    (events > 0.0 && below > 0.0).then(|| won / (events * below))
}

/// The mean squared error of the probabilities; 0 is best. G. W. Brier, Monthly Weather Review 78 (1950) 1–3 (one of his
/// two terms, as is usual for two outcomes).
pub fn brier(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    mean(&squares(&pairs(probabilities, outcomes)))
}

fn squares(pairs: &[(f64, bool)]) -> Vec<f64> {
    pairs.iter().map(|&(p, outcome)| (p - f64::from(u8::from(outcome))).powi(2)).collect()
}

/// The mean of −ln of the probability given to what happened (I. J. Good, JRSS B 14 (1952) 107–114), in nats; 0 is best.
/// A forecast of impossibility that was wrong would cost infinitely much; it is taken as 10⁻¹⁵.
pub fn log_loss(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    let losses = pairs(probabilities, outcomes).into_iter().map(|(p, outcome)| {
        let given = if outcome { p } else { 1.0 - p };
        -given.clamp(1e-15, 1.0).ln()
    });
    mean(&losses.collect::<Vec<_>>())
}

/// The highest recall that some threshold reaches with at least this precision, and that threshold. It is read off the curve
/// of the same data, so it flatters a little.
pub fn recall_at_precision(probabilities: &[f64], outcomes: &[bool], precision: f64) -> Option<(f64, f64)> {
    let mut pairs = pairs(probabilities, outcomes);
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
    let events = count(pairs.iter().filter(|pair| pair.1).count());
    let (mut hits, mut forecasts) = (0.0, 0.0);
    let mut best = None;
    for tied in pairs.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        hits += count(tied.iter().filter(|pair| pair.1).count());
        forecasts += count(tied.len());
        // A tie is forecast whole or not at all. Recall only rises on the way down.
        if hits / forecasts >= precision && events > 0.0 {
            best = tied.first().map(|pair| (hits / events, pair.0));
        }
    }
    best
}

/// Brier's skill score 1 − B/B₀ against reference forecasts of the same cases: above 0 is better than they. The interval is
/// by the delta method for a ratio of two means over the same cases (A. A. Bradley, S. S. Schwartz, T. Hashino, Weather and
/// Forecasting 23 (2008) 992–1006, for the idea). Nothing below 2 cases or where the reference was perfect.
pub fn brier_skill(probabilities: &[f64], reference: &[f64], outcomes: &[bool]) -> Option<Interval> {
    let both: Vec<(f64, f64)> = (probabilities.iter().zip(reference).zip(outcomes))
        .filter(|((p, r), _)| p.is_finite() && r.is_finite())
        .map(|((p, r), &outcome)| {
            let happened = f64::from(u8::from(outcome));
            ((p - happened).powi(2), (r - happened).powi(2))
        })
        .collect();
    let n = count(both.len());
    let (ours, theirs): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
    let (own, other) = (mean(&ours)?, mean(&theirs)?);
    if n < 2.0 || other <= 0.0 {
        return None;
    }
    let ratio = own / other;
    let spread: f64 = ours.iter().zip(&theirs).map(|(a, b)| (a - ratio * b).powi(2)).sum();
    let half = Z * (spread / (n * (n - 1.0))).sqrt() / other;
    Some(Interval { value: 1.0 - ratio, lower: 1.0 - ratio - half, upper: 1.0 - ratio + half })
}

/// The area under the curve with Hanley's and McNeil's interval (Radiology 143 (1982) 29–36, formula 1, with their
/// exponential approximation of Q₁ and Q₂).
pub fn auc_estimate(probabilities: &[f64], outcomes: &[bool]) -> Option<Interval> {
    let value = auc(probabilities, outcomes)?;
    let pairs = pairs(probabilities, outcomes);
    let events = count(pairs.iter().filter(|pair| pair.1).count());
    let others = count(pairs.len()) - events;
    let square = value * value;
    let (q1, q2) = (value / (2.0 - value), 2.0 * square / (1.0 + value));
    let variance =
        (value * (1.0 - value) + (events - 1.0) * (q1 - square) + (others - 1.0) * (q2 - square)) / (events * others);
    let half = Z * variance.max(0.0).sqrt();
    Some(Interval { value, lower: (value - half).max(0.0), upper: (value + half).min(1.0) })
}

/// A probability and its interval from an estimate on the logit scale.
pub fn from_logit(eta: f64, error: f64) -> Interval {
    let bound = |by: f64| sigmoid(eta + by * error);
    Interval { value: sigmoid(eta), lower: bound(-Z), upper: bound(Z) }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
