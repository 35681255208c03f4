//! Whether what was called 30 % happened in 30 of 100.

use serde::{Deserialize, Serialize};

use super::logistic::{self, Options, Prior, logit};
use super::metrics;
use crate::domain::wilson::{Interval, Z, interval};

/// One row of a calibration table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How many forecasts.
    pub n: u32,
    /// How many of them came true.
    pub events: u32,
    /// Their mean.
    pub predicted: f64,
    /// The share that came true, with Wilson's interval.
    pub observed: Interval,
}

/// A straight line through forecasts and outcomes on the logit scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// 0 where forecasts are right on the whole: calibration in the large, fitted with the slope held at 1.
    pub intercept: Interval,
    /// 1 where they spread as they should; below, they went too far.
    pub slope: Interval,
}

/// Forecasts in their order, cut into at most `bins` groups of nearly equal size. Equal forecasts stay together, so there
/// may be fewer groups.
pub fn table(probabilities: &[f64], outcomes: &[bool], bins: usize) -> Vec<Bin> {
    let mut pairs = metrics::pairs(probabilities, outcomes);
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let size = pairs.len().div_ceil(bins.max(1)).max(1);
    let mut groups: Vec<Vec<(f64, bool)>> = Vec::new();
    for tied in pairs.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        match groups.last_mut() {
            Some(open) if open.len() < size => open.extend_from_slice(tied),
            _ => groups.push(tied.to_vec()),
        }
    }
    groups.iter().map(|group| bin(group)).collect()
}

fn bin(group: &[(f64, bool)]) -> Bin {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (n, events) = (number(group.len()), number(group.iter().filter(|pair| pair.1).count()));
    let forecasts: Vec<f64> = group.iter().map(|pair| pair.0).collect();
    Bin {
        n,
        events,
        predicted: metrics::mean(&forecasts).unwrap_or_default(),
        observed: interval(events.into(), n.into()),
    }
}

/// The expected calibration error: the mean distance between forecast and share, weighted by n. M. P. Naeini, G. F. Cooper,
/// M. Hauskrecht, AAAI 2015, 2901–2907. It depends on the bins and is above 0 by chance alone.
pub fn expected_error(bins: &[Bin]) -> Option<f64> {
    let n: f64 = bins.iter().map(|bin| f64::from(bin.n)).sum();
    let error: f64 = bins.iter().map(|bin| f64::from(bin.n) * (bin.predicted - bin.observed.value).abs()).sum();
    (n > 0.0).then(|| error / n)
}

/// Calibration intercept and slope: D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45
/// (1958) 562–565; the intercept with the slope held at 1, as E. W. Steyerberg, "Clinical Prediction Models", 2nd ed.
/// (2019), § 15.3 advises. Nothing where only one outcome was seen, or all forecasts are the same.
pub fn line(probabilities: &[f64], outcomes: &[bool]) -> Option<Line> {
    let pairs = metrics::pairs(probabilities, outcomes);
    let happened: Vec<bool> = pairs.iter().map(|pair| pair.1).collect();
    let first = pairs.first()?;
    if pairs.iter().all(|pair| pair.1 == first.1) || pairs.iter().all(|pair| pair.0.total_cmp(&first.0).is_eq()) {
        return None;
    }
    let rows: Vec<Vec<f64>> = pairs.iter().map(|pair| vec![1.0, logit(pair.0)]).collect();
    // Next to no prior for what is estimated; next to certainty for the slope that is held at 1.
    let slope = estimate(&rows, &happened, [1e-6, 1e-6], 1)?;
    let intercept = estimate(&rows, &happened, [1e-6, 1e9], 0)?;
    Some(Line { intercept, slope })
}

fn estimate(rows: &[Vec<f64>], outcomes: &[bool], precision: [f64; 2], column: usize) -> Option<Interval> {
    let prior = Prior { mean: vec![0.0, 1.0], precision: precision.to_vec() };
    let fit = logistic::fit(rows, outcomes, &prior, &Options::default()).ok()?;
    let (value, error) = (*fit.coefficients.get(column)?, *fit.standard_errors().get(column)?);
    fit.converged.then_some(Interval { value, lower: value - Z * error, upper: value + Z * error })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forecasts_that_hold_have_slope_one_and_others_do_not() {
        let (mut p, mut y) = (Vec::new(), Vec::new());
        for tenth in 1..10_u8 {
            for i in 0..100_u32 {
                p.push(f64::from(tenth) / 10.0);
                y.push(i < u32::from(tenth) * 10);
            }
        }
        let right = line(&p, &y).unwrap();
        assert!(right.intercept.value.abs() < 1e-6 && (right.slope.value - 1.0).abs() < 1e-6, "{right:?}");
        assert_eq!(expected_error(&table(&p, &y, 9)).map(|error| error < 1e-12), Some(true));
        let far: Vec<f64> = p.iter().map(|&p| logistic::sigmoid(2.0 * logit(p))).collect();
        let far = line(&far, &y).unwrap();
        assert!((far.slope.value - 0.5).abs() < 1e-6 && far.slope.upper < 1.0, "{far:?}");
        let high: Vec<f64> = p.iter().map(|&p| logistic::sigmoid(logit(p) + 1.0)).collect();
        let high = line(&high, &y).unwrap();
        assert!((high.intercept.value + 1.0).abs() < 0.01 && high.intercept.upper < 0.0, "{high:?}");
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(line(&[], &[]), None);
        assert_eq!(line(&[0.1, 0.9], &[true, true]), None);
        assert_eq!(line(&[0.3, 0.3], &[true, false]), None);
        assert_eq!(table(&[f64::NAN], &[true], 0), vec![]);
        assert_eq!(expected_error(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_table_counts_everybody_once(
            pairs in prop::collection::vec((0.0..=1.0_f64, any::<bool>()), 0..200), bins in 0..20_usize,
        ) {
            let (p, y): (Vec<f64>, Vec<bool>) = pairs.into_iter().unzip();
            let table = table(&p, &y, bins);
            prop_assert!(table.len() <= bins.max(1));
            prop_assert_eq!(table.iter().map(|bin| bin.n as usize).sum::<usize>(), p.len());
            prop_assert!(table.is_sorted_by(|one, other| one.predicted <= other.predicted));
            for bin in &table {
                prop_assert!(bin.observed.lower <= bin.observed.value && bin.observed.value <= bin.observed.upper);
            }
        }
    }
}
