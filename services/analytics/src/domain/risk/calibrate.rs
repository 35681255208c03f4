//! From what a model says to how often it happens.
//!
//! Used is Platt's scaling, a logistic curve through out-of-fold forecasts: two numbers, which some hundred interviews can
//! carry; it keeps the order of the forecasts and their reasons, which add up on the logit scale. Isotonic regression needs
//! about a thousand cases before it is better (A. Niculescu-Mizil, R. Caruana, ICML 2005, 625–632) and makes ties of what
//! was told apart; it serves here to measure what is left of miscalibration, not to forecast. With few events nothing is
//! changed. The curve is drawn towards "change nothing" by a prior, so it sets in gently.

use serde::{Deserialize, Serialize};

use super::logistic::{self, Options, Prior, logit, sigmoid};
use super::metrics;

/// Below so many events, or so many non-events, nothing is changed.
pub const MINIMUM_EVENTS: usize = 30;
/// The precision of the prior on intercept (mean 0) and slope (mean 1): a standard deviation of one half each.
const PRECISION: f64 = 4.0;

/// How forecasts are bent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// Not at all.
    #[default]
    Identity,
    /// To logit p' = intercept + slope · logit p.
    Platt {
        /// Above 0 where forecasts were too low.
        intercept: f64,
        /// Below 1 where they went too far from the middle; never below 0, or the worst would be called the best.
        slope: f64,
    },
}

impl Calibration {
    /// From out-of-fold forecasts alone: those of rows that the model was fitted to are too sure of themselves.
    /// J. C. Platt, "Probabilistic Outputs for Support Vector Machines" (1999), with his targets (N₊+1)/(N₊+2) and
    /// 1/(N₋+2) in place of 1 and 0.
    pub fn fit(probabilities: &[f64], outcomes: &[bool]) -> Self {
        let pairs = metrics::pairs(probabilities, outcomes);
        let events = pairs.iter().filter(|pair| pair.1).count();
        let others = pairs.len() - events;
        if events < MINIMUM_EVENTS || others < MINIMUM_EVENTS {
            return Self::Identity;
        }
        let (high, low) =
            ((metrics::count(events) + 1.0) / (metrics::count(events) + 2.0), { 1.0 / (metrics::count(others) + 2.0) });
        let (mut rows, mut happened, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (p, outcome) in pairs {
            // A target between 0 and 1 is an event of that weight and a non-event of the rest.
            let target = if outcome { high } else { low };
            for (event, weight) in [(true, target), (false, 1.0 - target)] {
                rows.push(vec![1.0, logit(p)]);
                happened.push(event);
                weights.push(weight);
            }
        }
        let prior = Prior { mean: vec![0.0, 1.0], precision: vec![PRECISION; 2] };
        let fit = logistic::fit_weighted(&rows, &happened, &weights, &prior, &Options::default());
        match fit.as_ref().map(|fit| (fit.coefficients.as_slice(), fit.converged)) {
            Ok(([intercept, slope], true)) if *slope > 0.0 => Self::Platt { intercept: *intercept, slope: *slope },
            _ => Self::Identity,
        }
    }

    /// A logit, bent.
    pub fn logit(&self, eta: f64) -> f64 {
        match self {
            Self::Identity => eta,
            Self::Platt { intercept, slope } => intercept + slope * eta,
        }
    }

    /// A probability, bent.
    pub fn apply(&self, p: f64) -> f64 {
        match self {
            Self::Identity => p,
            Self::Platt { .. } => sigmoid(self.logit(logit(p))),
        }
    }

    /// How far a difference of logits is stretched.
    pub fn slope(&self) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Platt { slope, .. } => *slope,
        }
    }
}

/// Isotonic regression by pooling adjacent violators: the rising step function nearest to the outcomes in the mean square,
/// in the order of the forecasts given. M. Ayer et al., Annals of Mathematical Statistics 26 (1955) 641–647. What is no
/// number stays as it is.
pub fn isotonic(probabilities: &[f64], outcomes: &[bool]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len().min(outcomes.len())).collect();
    order.retain(|&i| probabilities.get(i).is_some_and(|p| p.is_finite()));
    let key = |i: usize| probabilities.get(i).map_or(f64::NAN, |p| p + 0.0);
    order.sort_by(|&one, &other| key(one).total_cmp(&key(other)));
    let mut blocks: Vec<Block> = Vec::new();
    for tied in order.chunk_by(|&one, &other| key(one).total_cmp(&key(other)).is_eq()) {
        let events = tied.iter().filter(|&&i| outcomes.get(i).copied().unwrap_or(false)).count();
        let mut block = Block { sum: metrics::count(events), size: tied.len() };
        while let Some(last) = blocks.pop_if(|last| last.mean() >= block.mean()) {
            block = Block { sum: last.sum + block.sum, size: last.size + block.size };
        }
        blocks.push(block);
    }
    let mut fitted = probabilities.to_vec();
    let steps = blocks.iter().flat_map(|block| std::iter::repeat_n(block.mean(), block.size));
    for (index, value) in order.into_iter().zip(steps) {
        if let Some(cell) = fitted.get_mut(index) {
            *cell = value;
        }
    }
    fitted
}

struct Block {
    sum: f64,
    size: usize,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / metrics::count(self.size)
    }
}

/// How much of the Brier score is miscalibration: what the best rising recalibration of the same data would take off.
/// T. Dimitriadis, T. Gneiting, A. I. Jordan, PNAS 118 (2021) e2016191118 (MCB of the CORP decomposition). 0 is best.
pub fn miscalibration(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    let best = metrics::brier(&isotonic(probabilities, outcomes), outcomes)?;
    Some((metrics::brier(probabilities, outcomes)? - best).max(0.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// So many forecasts of p, of which a share came true.
    fn group(p: f64, n: usize, events: usize) -> (Vec<f64>, Vec<bool>) {
        (vec![p; n], (0..n).map(|i| i < events).collect())
    }

    fn joined(groups: &[(Vec<f64>, Vec<bool>)]) -> (Vec<f64>, Vec<bool>) {
        let p = groups.iter().flat_map(|group| group.0.clone()).collect();
        (p, groups.iter().flat_map(|group| group.1.clone()).collect())
    }

    #[test]
    fn forecasts_that_go_too_far_are_drawn_in() {
        let (p, y) = joined(&[group(0.05, 400, 100), group(0.95, 400, 300)]);
        let calibration = Calibration::fit(&p, &y);
        assert!((calibration.apply(0.05) - 0.25).abs() < 0.02 && (calibration.apply(0.95) - 0.75).abs() < 0.02);
        assert!(calibration.slope() < 0.5 && calibration.slope() > 0.3, "{calibration:?}");
        let bent: Vec<f64> = p.iter().map(|&p| calibration.apply(p)).collect();
        assert!(miscalibration(&bent, &y).unwrap() < miscalibration(&p, &y).unwrap() / 10.0);
    }

    #[test]
    fn few_or_backward_or_broken_forecasts_are_left_alone() {
        let (p, y) = joined(&[group(0.1, 60, 15), group(0.9, 20, 14)]);
        assert_eq!(Calibration::fit(&p, &y), Calibration::Identity, "29 events");
        let (p, y) = joined(&[group(0.1, 900, 800), group(0.9, 900, 100)]);
        assert_eq!(Calibration::fit(&p, &y), Calibration::Identity, "backward");
        for (p, y) in
            [(vec![f64::NAN; 200], [true, false].repeat(100)), (vec![], vec![]), (vec![0.3; 99], vec![true; 99])]
        {
            assert_eq!(Calibration::fit(&p, &y), Calibration::Identity);
        }
        assert!(matches!(
            Calibration::fit(&[0.0, 1.0].repeat(60), &[false, true].repeat(60)),
            Calibration::Platt { .. }
        ));
    }

    #[test]
    fn isotonic_pools_what_falls() {
        assert_eq!(isotonic(&[0.1, 0.2, 0.3, 0.4], &[false, true, false, true]), vec![0.0, 0.5, 0.5, 1.0]);
        assert_eq!(isotonic(&[0.5, 0.5], &[false, true]), vec![0.5, 0.5]);
        assert!(isotonic(&[f64::NAN, 0.5], &[false, true])[0].is_nan());
        assert_eq!(isotonic(&[], &[]), Vec::<f64>::new());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn isotonic_rises_and_keeps_the_mean_and_is_not_beaten(
            pairs in prop::collection::vec(((0..30_u8).prop_map(|p| f64::from(p) / 30.0), any::<bool>()), 1..60),
        ) {
            let (p, y): (Vec<f64>, Vec<bool>) = pairs.into_iter().unzip();
            let fitted = isotonic(&p, &y);
            for (i, a) in p.iter().enumerate() {
                for (j, b) in p.iter().enumerate() {
                    prop_assert!(a > b || fitted[i] <= fitted[j] + 1e-12);
                }
            }
            let events = metrics::count(y.iter().filter(|event| **event).count());
            prop_assert!((fitted.iter().sum::<f64>() - events).abs() < 1e-9);
            prop_assert!(metrics::brier(&fitted, &y).unwrap() <= metrics::brier(&p, &y).unwrap() + 1e-12);
            let again = isotonic(&fitted, &y);
            prop_assert!(again.iter().zip(&fitted).all(|(a, b)| (a - b).abs() < 1e-12), "once is enough");
        }

        #[test]
        fn calibration_keeps_the_order(seed in prop::collection::vec((0.0..=1.0_f64, any::<bool>()), 0..200),
                                       a in 0.0..=1.0_f64, b in 0.0..=1.0_f64) {
            let (p, y): (Vec<f64>, Vec<bool>) = seed.into_iter().unzip();
            let calibration = Calibration::fit(&p, &y);
            prop_assert!((0.0..=1.0).contains(&calibration.apply(a)));
            prop_assert!((a > b) || calibration.apply(a) <= calibration.apply(b));
        }
    }
}
