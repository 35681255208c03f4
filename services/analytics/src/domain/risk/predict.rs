//! The forecast for one interview: a probability with its interval, the reasons, and what could help.

use serde::{Deserialize, Serialize};

use super::features::Topic;
use super::known::Known;
use super::linear::{dot, quadratic};
use super::metrics::from_logit;
use super::model::{Basis, Model};
use super::support::Support;
use super::words;
use crate::domain::wilson::{Interval, interval};

/// A contribution smaller than this is no reason: it moves the probability by at most 1.3 percentage points.
pub const NEGLIGIBLE: f64 = 0.05;

/// How likely an interview is to be missed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// Of not coming.
    pub probability: f64,
    /// The 95 % interval of the probability: for the model by the delta method on the logit scale (A. Agresti, "Categorical
    /// Data Analysis", 3rd ed. (2013), § 5.1), for the base rate Wilson's. It tells how well the probability is known, not
    /// whether this one will come.
    pub lower: f64,
    /// Its upper bound.
    pub upper: f64,
    /// What it rests on.
    pub basis: Basis,
    /// Why it differs from the average interview, the weightiest first; none where everybody gets the base rate.
    pub reasons: Vec<Reason>,
    /// What could help, the most promising first.
    pub support: Vec<Support>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What it is about.
    pub topic: Topic,
    /// The value in words, such as "not answered yet".
    pub value: String,
    /// Compared to the average interview, on the logit scale.
    pub contribution: f64,
    /// Which way it points.
    pub direction: Direction,
}

/// Which way a reason points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More likely to be missed.
    Raises,
    /// Less likely to be missed.
    Lowers,
}

impl Model {
    /// The forecast for an interview.
    pub fn predict(&self, known: &Known) -> Risk {
        let estimate = match self.basis {
            Basis::BaseRate => interval(self.events.into(), self.n.into()),
            Basis::GeneralPriors | Basis::OwnHistory => self.estimate(known),
        };
        let reasons = match self.basis {
            Basis::BaseRate => Vec::new(),
            Basis::GeneralPriors | Basis::OwnHistory => self.reasons(known),
        };
        Risk {
            probability: estimate.value,
            lower: estimate.lower,
            upper: estimate.upper,
            basis: self.basis,
            reasons,
            support: self.support(known),
        }
    }

    /// The intercept and the columns that this model was trained with.
    fn row(&self, known: &Known) -> Vec<f64> {
        let columns = self.features.iter().map(|feature| feature.value(known));
        std::iter::once(1.0).chain(columns).collect()
    }

    fn estimate(&self, known: &Known) -> Interval {
        let row = self.row(known);
        let error = quadratic(&self.covariance, &row).max(0.0).sqrt();
        from_logit(self.calibration.logit(dot(&row, &self.coefficients)), self.calibration.slope() * error)
    }

    /// What each topic adds to the logit of the average interview.
    fn contributions(&self, known: &Known) -> Vec<(Topic, f64)> {
        let mut sums: Vec<(Topic, f64)> = Vec::new();
        let slope = self.calibration.slope();
        for ((feature, weight), average) in
            self.features.iter().zip(self.coefficients.iter().skip(1)).zip(&self.averages)
        {
            let share = slope * weight * (feature.value(known) - average);
            match sums.iter_mut().find(|sum| sum.0 == feature.topic()) {
                Some(sum) => sum.1 += share,
                None => sums.push((feature.topic(), share)),
            }
        }
        sums
    }

    fn reasons(&self, known: &Known) -> Vec<Reason> {
        let mut sums = self.contributions(known);
        sums.retain(|sum| sum.1.abs() >= NEGLIGIBLE);
        sums.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
        let reason = |(topic, contribution): (Topic, f64)| Reason {
            topic,
            value: words::value(topic, known),
            contribution,
            direction: if contribution > 0.0 { Direction::Raises } else { Direction::Lowers },
        };
        sums.into_iter().map(reason).collect()
    }

    /// Whatever is called for, in the order of what the model makes of it. It is offered whatever the probability is.
    fn support(&self, known: &Known) -> Vec<Support> {
        let now = dot(&self.row(known), &self.coefficients);
        let gain = |then: &Known| now - dot(&self.row(then), &self.coefficients);
        let mut due: Vec<(Support, f64)> = Support::ALL
            .into_iter()
            .filter_map(|support| support.taken_up(known).map(|then| (support, gain(&then))))
            .collect();
        due.sort_by(|one, other| other.1.total_cmp(&one.1));
        due.into_iter().map(|(support, _)| support).collect()
    }
}

#[cfg(test)]
#[path = "predict_tests.rs"]
mod tests;
