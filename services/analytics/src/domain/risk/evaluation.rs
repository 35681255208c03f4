//! How well the model forecasts what it has not seen: later interviews from earlier ones, as in life.

use serde::{Deserialize, Serialize};

use super::calibrate::{Calibration, miscalibration};
use super::linear::dot;
use super::logistic::{self, FitError, Options, Prior, sigmoid};
use super::metrics::{self, Confusion, count};
use super::reliability::{self, Bin, Line};
use crate::domain::wilson::{Interval, interval};

/// A forecast is made up to so long before the start, in seconds: what ended later than that is not known yet.
pub const AHEAD: i64 = 48 * 3_600;
/// Below so many forecasts, nothing is said of them.
pub const MINIMUM_N: usize = 50;
/// Nor below so many events, or non-events.
pub const MINIMUM_EVENTS: usize = 10;

/// Forecasts of interviews that were not learned from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forecasts {
    /// As the regression says.
    pub raw: Vec<f64>,
    /// Bent by the forecasts of the blocks before.
    pub calibrated: Vec<f64>,
    /// The share of missed interviews in what was learned from, and in one more as the prior's intercept has it.
    pub base: Vec<f64>,
    /// What happened.
    pub outcomes: Vec<bool>,
}

/// Sorts by start, cuts into `blocks` + 1 parts, and forecasts each but the first from all that had ended `AHEAD` of its
/// begin. Equal starts stay together. The columns of `rows` are those of `prior`, the intercept first.
pub fn forward(
    rows: &[Vec<f64>],
    outcomes: &[bool],
    starts: &[i64],
    prior: &Prior,
    blocks: usize,
) -> Result<Forecasts, FitError> {
    let mut all: Vec<(i64, &Vec<f64>, bool)> =
        starts.iter().zip(rows).zip(outcomes).map(|((&start, row), &outcome)| (start, row, outcome)).collect();
    all.sort_by_key(|interview| interview.0);
    let mut forecasts = Forecasts::default();
    for block in cut(&all, blocks).into_iter().skip(1) {
        let Some(begin) = block.first().map(|interview| interview.0) else { continue };
        let known = all.iter().take_while(|interview| interview.0 <= begin.saturating_sub(AHEAD));
        let (past, missed): (Vec<Vec<f64>>, Vec<bool>) = known.map(|&(_, row, outcome)| (row.clone(), outcome)).unzip();
        let fit = logistic::fit(&past, &missed, prior, &Options::default())?;
        let calibration = Calibration::fit(&forecasts.raw, &forecasts.outcomes);
        // The base rate knows beforehand what the model knows: one interview's worth of the prior's own rate. So nobody wins
        // by having had an assumption where the other had none.
        let assumed = prior.mean.first().map_or(0.5, |&intercept| sigmoid(intercept));
        let base = (count(missed.iter().filter(|missed| **missed).count()) + assumed) / (count(missed.len()) + 1.0);
        for (_, row, outcome) in block {
            let p = sigmoid(dot(row, &fit.coefficients));
            forecasts.raw.push(p);
            forecasts.calibrated.push(calibration.apply(p));
            forecasts.base.push(base);
            forecasts.outcomes.push(*outcome);
        }
    }
    Ok(forecasts)
}

/// Nearly equal parts of what is in order, equal starts together.
fn cut<T>(all: &[(i64, T, bool)], blocks: usize) -> Vec<&[(i64, T, bool)]> {
    let size = all.len().div_ceil(blocks.saturating_add(1)).max(1);
    let mut parts = Vec::new();
    let mut rest = all;
    while !rest.is_empty() {
        let mut end = size.min(rest.len());
        while end < rest.len() && rest.get(end).map(|next| next.0) == rest.get(end - 1).map(|last| last.0) {
            end += 1;
        }
        let (part, later) = rest.split_at(end);
        parts.push(part);
        rest = later;
    }
    parts
}

/// What is said of the calibrated forecasts. The event is a missed interview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// How many forecasts.
    pub n: u32,
    /// How many of those interviews were missed.
    pub events: u32,
    /// The share that was right, with one half as the threshold.
    pub accuracy: Interval,
    /// Area under the ROC curve.
    pub auc: Option<Interval>,
    /// Mean squared error of the probabilities.
    pub brier: f64,
    /// The base rate's.
    pub base_brier: f64,
    /// Brier skill against the base rate.
    pub skill: Interval,
    /// In nats.
    pub log_loss: f64,
    /// Expected calibration error over the table.
    pub expected_error: f64,
    /// What isotonic recalibration would take off the Brier score.
    pub miscalibration: f64,
    /// Cox's line.
    pub line: Option<Line>,
    /// Forecast and observed, in groups.
    pub table: Vec<Bin>,
}

impl Evaluation {
    /// Nothing of too few.
    pub fn of(forecasts: &Forecasts) -> Option<Self> {
        let (p, y) = (&forecasts.calibrated, &forecasts.outcomes);
        let events = y.iter().filter(|missed| **missed).count();
        if y.len() < MINIMUM_N || events < MINIMUM_EVENTS || y.len() - events < MINIMUM_EVENTS {
            return None;
        }
        let counts = Confusion::at(0.5, p, y);
        let table = reliability::table(p, y, 10);
        Some(Self {
            n: u32::try_from(y.len()).unwrap_or(u32::MAX),
            events: u32::try_from(events).unwrap_or(u32::MAX),
            accuracy: interval(
                (counts.hits + counts.quiet).into(),
                (counts.hits + counts.quiet + counts.misses + counts.false_alarms).into(),
            ),
            auc: metrics::auc_estimate(p, y),
            brier: metrics::brier(p, y)?,
            base_brier: metrics::brier(&forecasts.base, y)?,
            skill: metrics::brier_skill(p, &forecasts.base, y)?,
            log_loss: metrics::log_loss(p, y)?,
            expected_error: reliability::expected_error(&table)?,
            miscalibration: miscalibration(p, y)?,
            line: reliability::line(p, y),
            table,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flat() -> Prior {
        Prior { mean: vec![0.0, 0.0], precision: vec![0.1, 1.0] }
    }

    /// A column that tells the truth from the 100th day on and the contrary before.
    fn turning(n: i64) -> (Vec<Vec<f64>>, Vec<bool>, Vec<i64>) {
        let rows = (0..n).map(|i| vec![1.0, if i % 2 == 0 { 1.0 } else { -1.0 }]).collect();
        let outcomes = (0..n).map(|i| (i % 2 == 0) == (i >= 100)).collect();
        (rows, outcomes, (0..n).map(|i| i * 86_400).collect())
    }

    #[test]
    fn only_the_past_is_learned_from() {
        let (rows, outcomes, starts) = turning(200);
        let forecasts = forward(&rows, &outcomes, &starts, &flat(), 1).unwrap();
        assert_eq!(forecasts.outcomes.len(), 100);
        assert_eq!(
            Confusion::at(0.5, &forecasts.raw, &forecasts.outcomes).accuracy(),
            Some(0.0),
            "all learned is wrong"
        );
    }

    #[test]
    fn what_ended_within_the_time_ahead_is_not_known() {
        let rows = vec![vec![1.0, 0.0]; 4];
        let starts = [0, AHEAD - 1, AHEAD, AHEAD + 1];
        let all = forward(&rows, &[true, false, false, false], &starts, &flat(), 1).unwrap();
        assert_eq!(all.base, vec![0.75, 0.75], "of one event alone");
    }

    #[test]
    fn few_forecasts_are_not_judged() {
        let (rows, outcomes, starts) = turning(60);
        let forecasts = forward(&rows, &outcomes, &starts, &flat(), 5).unwrap();
        assert_eq!(forecasts.outcomes.len(), 50);
        assert!(Evaluation::of(&forecasts).is_some());
        let forecasts = forward(&rows, &[false; 60], &starts, &flat(), 5).unwrap();
        assert_eq!(Evaluation::of(&forecasts), None, "nothing happened");
        assert_eq!(forward(&[], &[], &[], &flat(), 5), Ok(Forecasts::default()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn cutting_loses_nobody_and_parts_no_equals(mut starts in prop::collection::vec(0..30_i64, 0..80), blocks in 0..9_usize) {
            starts.sort_unstable();
            let all: Vec<(i64, (), bool)> = starts.iter().map(|&start| (start, (), false)).collect();
            let parts = cut(&all, blocks);
            prop_assert!(parts.len() <= blocks + 1 && parts.concat() == all);
            for pair in parts.windows(2) {
                prop_assert!(pair[0].last().unwrap().0 < pair[1].first().unwrap().0);
            }
        }
    }
}
