//! A tenant's model: what it learned, from how much, and how well it forecast what it had not seen.

use serde::{Deserialize, Serialize};

use super::calibrate::Calibration;
use super::encode::encode;
use super::evaluation::{self, Evaluation};
use super::features::Feature;
use super::known::Known;
use super::linear::Matrix;
use super::logistic::{self, FitError, Options, Prior};
use super::metrics;

/// How all this is reckoned; another way gets another name.
pub const FORMULA: &str = "no-show/1";

/// An interview that is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    /// As it was known before it began, at the distance from the start at which forecasts are made.
    pub known: Known,
    /// Whether the candidate did not come. Interviews that were called off, or that the host missed, are left out.
    pub missed: bool,
    /// Its start, in seconds since 1970.
    pub start: i64,
}

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// There is too little history to test anything: general priors and what history there is, untested here.
    GeneralPriors,
    /// The model did not show that it forecasts better than the base rate, so everybody gets the base rate.
    BaseRate,
    /// The model forecast the tenant's own later interviews better than the base rate did.
    OwnHistory,
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// How it was reckoned: `FORMULA` of its day.
    pub formula: String,
    /// Rises with each training of the same tenant; given by the caller.
    pub version: u32,
    /// When it was trained, in seconds since 1970; given by the caller.
    pub trained_at: i64,
    /// How many interviews it learned from.
    pub n: u32,
    /// How many of them were missed.
    pub events: u32,
    /// The first and the last start among them, in seconds since 1970.
    pub period: Option<(i64, i64)>,
    /// The columns after the intercept.
    pub features: Vec<Feature>,
    /// On the logit scale before calibration: the intercept, then one per feature.
    pub coefficients: Vec<f64>,
    /// Of the coefficients, in the same order.
    pub standard_errors: Vec<f64>,
    /// Of the coefficients, in the same order.
    pub covariance: Matrix,
    /// Each column's average over the interviews; with none, 0: the usual interview.
    pub averages: Vec<f64>,
    /// How forecasts are bent, by forecasts of interviews that were not learned from.
    pub calibration: Calibration,
    /// How well it forecast later interviews; nothing where there are too few to say.
    pub evaluation: Option<Evaluation>,
    /// What its forecasts rest on.
    pub basis: Basis,
}

/// Learns from a tenant's history, in any order. `prior` is `prior::general()`, unless somebody knows better: for the
/// intercept first and then each feature. `blocks` is into how many parts of later interviews the test is cut.
pub fn train(history: &[Past], prior: &Prior, blocks: usize, version: u32, trained_at: i64) -> Result<Model, FitError> {
    let rows: Vec<Vec<f64>> = history.iter().map(|past| row(&past.known)).collect();
    let outcomes: Vec<bool> = history.iter().map(|past| past.missed).collect();
    let starts: Vec<i64> = history.iter().map(|past| past.start).collect();
    let fit = logistic::fit(&rows, &outcomes, prior, &Options::default())?;
    let forecasts = evaluation::forward(&rows, &outcomes, &starts, prior, blocks)?;
    let evaluation = Evaluation::of(&forecasts);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Model {
        formula: FORMULA.to_owned(),
        version,
        trained_at,
        n: number(rows.len()),
        events: number(outcomes.iter().filter(|missed| **missed).count()),
        period: starts.iter().min().copied().zip(starts.iter().max().copied()),
        features: Feature::ALL.to_vec(),
        standard_errors: fit.standard_errors(),
        coefficients: fit.coefficients,
        covariance: fit.covariance,
        averages: averages(&rows),
        calibration: Calibration::fit(&forecasts.raw, &forecasts.outcomes),
        basis: match &evaluation {
            None => Basis::GeneralPriors,
            Some(evaluation) if evaluation.skill.lower > 0.0 => Basis::OwnHistory,
            Some(_) => Basis::BaseRate,
        },
        evaluation,
    })
}

fn row(known: &Known) -> Vec<f64> {
    let mut row = vec![1.0];
    row.extend(encode(known));
    row
}

/// Of each feature, without the intercept.
fn averages(rows: &[Vec<f64>]) -> Vec<f64> {
    let column = |index: usize| rows.iter().filter_map(|row| row.get(index).copied()).collect::<Vec<_>>();
    (1..=Feature::ALL.len()).map(|index| metrics::mean(&column(index)).unwrap_or_default()).collect()
}

#[cfg(test)]
#[path = "model_tests.rs"]
pub(super) mod tests;
