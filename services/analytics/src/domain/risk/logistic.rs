//! Logistic regression with a Gaussian prior per coefficient, fitted by iteratively reweighted least squares.
//!
//! What is maximised is the log posterior Σ wᵢ [yᵢ ln pᵢ + (1−yᵢ) ln(1−pᵢ)] − ½ Σ λⱼ (βⱼ−mⱼ)² with pᵢ = 1/(1+e^−xᵢβ): the
//! penalised likelihood of S. le Cessie, J. C. van Houwelingen, "Ridge Estimators in Logistic Regression", Applied
//! Statistics 41 (1992) 191–201, drawn to a mean m instead of to 0. Newton's method for it is IRLS (P. McCullagh,
//! J. A. Nelder, "Generalized Linear Models", 2nd ed. (1989), § 2.5). Every precision is above 0, so there is one maximum,
//! and data that a line separates have theirs at finite coefficients. The covariance is the inverse of the negative
//! Hessian there (Laplace's approximation: C. M. Bishop, "Pattern Recognition and Machine Learning" (2006), § 4.5).

use super::linear::{Cholesky, Matrix, dot};

/// No entry of a row, and no weight, may be larger: beyond, sums of squares lose their digits.
pub const LARGEST: f64 = 1e6;
/// The smallest and largest precision of a prior: next to nothing, and next to certain.
pub const PRECISIONS: std::ops::RangeInclusive<f64> = 1e-9..=1e9;

/// What the coefficients are thought to be before any data: `mean` on the logit scale, `precision` = 1/variance.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// One per column.
    pub mean: Vec<f64>,
    /// One per column, above 0.
    pub precision: Vec<f64>,
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// At most so many Newton steps.
    pub iterations: u32,
    /// The Newton step that counts as none, in posterior standard errors (the root of Newton's decrement), so that it means
    /// the same whatever the columns' units.
    pub tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { iterations: 100, tolerance: 1e-10 }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// On the logit scale, one per column.
    pub coefficients: Vec<f64>,
    /// Their posterior covariance.
    pub covariance: Matrix,
    /// Newton steps taken.
    pub iterations: u32,
    /// Whether the steps came to nothing within those allowed.
    pub converged: bool,
}

impl Fit {
    /// The square roots of the covariance's diagonal.
    pub fn standard_errors(&self) -> Vec<f64> {
        let diagonal = self.covariance.iter().enumerate().filter_map(|(i, row)| row.get(i));
        diagonal.map(|variance| variance.max(0.0).sqrt()).collect()
    }
}

/// Why nothing was fitted. Rows and columns count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// There is no column.
    #[error("no column to fit")]
    NoColumns,
    /// Rows, outcomes and weights differ in number.
    #[error("{rows} rows, {outcomes} outcomes, {weights} weights")]
    Lengths {
        /// How many rows.
        rows: usize,
        /// How many outcomes.
        outcomes: usize,
        /// How many weights.
        weights: usize,
    },
    /// A row has not as many entries as the prior.
    #[error("row {0} has another number of columns than the prior")]
    Ragged(usize),
    /// A row holds what is no number, or one too large.
    #[error("row {0} holds a value that is not finite or beyond {LARGEST}")]
    Value(usize),
    /// A weight is negative, no number, or too large.
    #[error("the weight of row {0} is not between 0 and {LARGEST}")]
    Weight(usize),
    /// The prior of a column has a mean or a precision that can not be used.
    #[error("the prior of column {0} is not usable")]
    Prior(usize),
    /// Columns so nearly alike, and a prior so weak, that rounding would decide.
    #[error("the columns do not determine the coefficients")]
    Singular,
}

/// 1/(1+e^−η), without overflow.
pub fn sigmoid(eta: f64) -> f64 {
    if eta >= 0.0 {
        1.0 / (1.0 + (-eta).exp())
    } else {
        let e = eta.exp();
        e / (1.0 + e)
    }
}

/// ln(p/(1−p)), with p kept a hair away from 0 and 1 so that it stays finite.
pub fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    (p / (1.0 - p)).ln()
}

/// Fits; every row counts once. See `fit_weighted`.
pub fn fit(rows: &[Vec<f64>], outcomes: &[bool], prior: &Prior, options: &Options) -> Result<Fit, FitError> {
    fit_weighted(rows, outcomes, &vec![1.0; rows.len()], prior, options)
}

/// Fits rows of equal length to outcomes. There is no intercept but a column of ones that the caller gives. Without rows,
/// the prior is what comes out.
pub fn fit_weighted(
    rows: &[Vec<f64>],
    outcomes: &[bool],
    weights: &[f64],
    prior: &Prior,
    options: &Options,
) -> Result<Fit, FitError> {
    check(rows, outcomes, weights, prior)?;
    let data = Data { rows, outcomes, weights, prior };
    let mut beta = prior.mean.clone();
    let mut height = data.log_posterior(&beta);
    for iterations in 0..=options.iterations {
        let (score, hessian) = data.score_and_hessian(&beta);
        let factor = Cholesky::of(&hessian).ok_or(FitError::Singular)?;
        let direction = factor.solve(&score);
        let converged = dot(&direction, &score).max(0.0).sqrt() <= options.tolerance;
        let better =
            if converged || iterations == options.iterations { None } else { data.step(&beta, height, &direction) };
        let Some((next, higher)) = better else {
            return Ok(Fit { coefficients: beta, covariance: factor.inverse(), iterations, converged });
        };
        (beta, height) = (next, higher);
    }
    // The last round of the loop always returns; a range that ends before it begins does not exist here.
    Err(FitError::Singular)
}

fn check(rows: &[Vec<f64>], outcomes: &[bool], weights: &[f64], prior: &Prior) -> Result<(), FitError> {
    if prior.mean.is_empty() {
        return Err(FitError::NoColumns);
    }
    if rows.len() != outcomes.len() || rows.len() != weights.len() {
        return Err(FitError::Lengths { rows: rows.len(), outcomes: outcomes.len(), weights: weights.len() });
    }
    let columns = prior.mean.len().max(prior.precision.len());
    for column in 0..columns {
        let mean = prior.mean.get(column).is_some_and(|mean| mean.abs() <= LARGEST);
        let precision = prior.precision.get(column).is_some_and(|precision| PRECISIONS.contains(precision));
        if !(mean && precision) {
            return Err(FitError::Prior(column));
        }
    }
    for (index, (row, weight)) in rows.iter().zip(weights).enumerate() {
        if row.len() != columns {
            return Err(FitError::Ragged(index));
        }
        // Comparisons with what is no number are false, so this refuses it too.
        if !row.iter().all(|value| value.abs() <= LARGEST) {
            return Err(FitError::Value(index));
        }
        if !(0.0..=LARGEST).contains(weight) {
            return Err(FitError::Weight(index));
        }
    }
    Ok(())
}

/// All that a step looks at.
struct Data<'a> {
    rows: &'a [Vec<f64>],
    outcomes: &'a [bool],
    weights: &'a [f64],
    prior: &'a Prior,
}

impl Data<'_> {
    fn each(&self) -> impl Iterator<Item = (&Vec<f64>, bool, f64)> {
        let pairs = self.rows.iter().zip(self.outcomes).zip(self.weights);
        pairs.map(|((row, &outcome), &weight)| (row, outcome, weight))
    }

    fn log_posterior(&self, beta: &[f64]) -> f64 {
        let likelihood: f64 = self
            .each()
            .map(|(row, outcome, weight)| {
                let eta = dot(row, beta);
                // −ln(1+e^−η) for an event and −ln(1+e^η) for none.
                let signed = if outcome { -eta } else { eta };
                -weight * (signed.max(0.0) + (-signed.abs()).exp().ln_1p())
            })
            .sum();
        let penalty: f64 = (beta.iter().zip(&self.prior.mean).zip(&self.prior.precision))
            .map(|((b, mean), precision)| precision * (b - mean).powi(2))
            .sum();
        likelihood - penalty / 2.0
    }

    /// The gradient of the log posterior, and its Hessian with the sign turned (lower triangle).
    fn score_and_hessian(&self, beta: &[f64]) -> (Vec<f64>, Matrix) {
        let mut score: Vec<f64> = (beta.iter().zip(&self.prior.mean).zip(&self.prior.precision))
            .map(|((b, mean), precision)| -precision * (b - mean))
            .collect();
        let mut hessian: Matrix = (0..beta.len()).map(|i| vec![0.0; i + 1]).collect();
        for (row, precision) in hessian.iter_mut().zip(&self.prior.precision) {
            if let Some(diagonal) = row.last_mut() {
                *diagonal = *precision;
            }
        }
        for (row, outcome, weight) in self.each() {
            let p = sigmoid(dot(row, beta));
            let residual = weight * (f64::from(u8::from(outcome)) - p);
            let spread = weight * p * (1.0 - p);
            for ((entry, own), &x) in score.iter_mut().zip(&mut hessian).zip(row) {
                // Most columns are indicators, and most indicators are off.
                if x == 0.0 {
                    continue;
                }
                *entry += residual * x;
                for (cell, &other) in own.iter_mut().zip(row) {
                    *cell += spread * x * other;
                }
            }
        }
        (score, hessian)
    }

    /// Newton's step, halved until it climbs. Nothing when it does not.
    fn step(&self, beta: &[f64], height: f64, direction: &[f64]) -> Option<(Vec<f64>, f64)> {
        let mut size = 1.0;
        for _ in 0..40 {
            let next: Vec<f64> = beta.iter().zip(direction).map(|(b, d)| b + size * d).collect();
            let higher = self.log_posterior(&next);
            // Near the top the gain is smaller than the sum's own rounding, and the full step is right.
            if higher >= height - height.abs() * 1e-12 {
                return Some((next, higher));
            }
            size /= 2.0;
        }
        None
    }
}

#[cfg(test)]
#[path = "logistic_tests.rs"]
mod tests;
