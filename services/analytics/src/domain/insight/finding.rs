//! What is left of all comparisons of a pass, and what weighs most.
//!
//! Who looks at a hundred comparisons at 5 % sees five differences where there are none. So a pass keeps what Benjamini's and
//! Hochberg's procedure keeps of all of them together (JRSS B 57 (1995) 289–300): on average at most 5 % of what is kept is false,
//! and where nothing is there at all, at most one pass in twenty keeps anything. What is chosen for being large is likely to be
//! drawn too large; so the intervals of what is kept are as much wider as there were more comparisons (Benjamini and Yekutieli,
//! JASA 100 (2005) 71–81): coverage 1 − 0.05 · kept / compared.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal};
use usher_proto::analytics::v1::{InsightKind, InsightWithdrawal};

use super::{
    comparison::{Comparison, topic},
    fisher::p_value,
    look::Look,
};
use crate::domain::{
    difference::{Share, difference_at, ratio_at},
    wilson::{Interval, Z},
};

chassis::id!(
    /// A finding.
    InsightId,
    "insi"
);

/// The share of findings that may be false, on average.
pub const FALSE_DISCOVERIES: f64 = 0.05;
/// Nobody changes what they do for less.
const MINIMUM_EFFECT: f64 = 0.02;
/// So many are proposed.
const MOST: usize = 10;
/// And of one kind.
const MOST_OF_KIND: usize = 3;

/// What was found, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// As the contract numbers it.
    kind: i32,
    pub span: (DateTime<Utc>, DateTime<Utc>),
    pub within: String,
    pub value: String,
    pub one: Share,
    pub other: Share,
    pub p_value: f64,
    pub q_value: f64,
    pub comparisons: u32,
    pub confidence: f64,
    pub difference: Interval,
    pub ratio: Option<Interval>,
}

impl Finding {
    /// What was looked at; `None` where this program does not look at it.
    pub fn look(&self) -> Option<&'static Look> {
        Look::of(InsightKind::try_from(self.kind).ok()?)
    }

    /// Names it, from pass to pass.
    pub fn topic(&self) -> String {
        self.look().map(|look| topic(look, &self.within, &self.value)).unwrap_or_default()
    }

    /// How many more there would be, at the least, if those who are behind did as well as the others: what the difference is worth.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn weight(&self) -> f64 {
        let behind = if self.difference.value > 0.0 { self.other.1 } else { self.one.1 };
        self.difference.lower.abs().min(self.difference.upper.abs()) * behind as f64
    }

    fn is_worth_telling(&self) -> bool {
        self.difference.value.abs() >= MINIMUM_EFFECT && (self.difference.lower > 0.0 || self.difference.upper < 0.0)
    }
}

/// What a pass comes to.
#[derive(Debug, Default)]
pub struct Pass {
    /// At most ten, the weightiest first; what was drawn at random before what was merely observed.
    pub proposed: Vec<Finding>,
    /// What shows as well, and weighs less.
    outweighed: BTreeSet<String>,
    compared: BTreeSet<String>,
}

impl Pass {
    /// Looks at all comparisons together.
    pub fn of(comparisons: &[Comparison]) -> Self {
        let mut shown: Vec<Finding> = discoveries(comparisons).into_iter().filter(Finding::is_worth_telling).collect();
        let design = |finding: &Finding| finding.look().map(Look::design);
        shown.sort_by(|one, other| {
            let by_design = design(one).cmp(&design(other));
            by_design.then(other.weight().total_cmp(&one.weight())).then_with(|| one.topic().cmp(&other.topic()))
        });
        let mut of_kind: BTreeMap<i32, usize> = BTreeMap::new();
        let (proposed, outweighed): (Vec<_>, Vec<_>) = shown.into_iter().partition(|finding| {
            let of_kind = of_kind.entry(finding.kind).or_default();
            *of_kind += 1;
            *of_kind <= MOST_OF_KIND
        });
        let mut pass = Self {
            proposed,
            outweighed: outweighed.iter().map(Finding::topic).collect(),
            compared: comparisons.iter().map(Comparison::topic).collect(),
        };
        let more = pass.proposed.split_off(pass.proposed.len().min(MOST));
        pass.outweighed.extend(more.iter().map(Finding::topic));
        pass
    }

    /// How many comparisons there was enough data for.
    pub fn comparisons(&self) -> usize {
        self.compared.len()
    }

    /// Why a finding from before is not among those that are proposed.
    pub fn withdrawal(&self, topic: &str) -> InsightWithdrawal {
        if self.outweighed.contains(topic) {
            InsightWithdrawal::Outweighed
        } else if self.compared.contains(topic) {
            InsightWithdrawal::NotShown
        } else {
            InsightWithdrawal::NotEnough
        }
    }
}

/// What the procedure keeps.
fn discoveries(comparisons: &[Comparison]) -> Vec<Finding> {
    let p_values: Vec<f64> = comparisons.iter().map(|one| p_value(one.one, one.other)).collect();
    let q_values = adjusted(&p_values);
    let kept = q_values.iter().filter(|q| **q <= FALSE_DISCOVERIES).count();
    let confidence = 1.0 - FALSE_DISCOVERIES * share(kept, comparisons.len());
    let z = quantile(confidence);
    let found = comparisons.iter().zip(p_values.iter().zip(&q_values)).filter(|(_, (_, q))| **q <= FALSE_DISCOVERIES);
    found
        .map(|(compared, (p, q))| Finding {
            kind: compared.look.kind.into(),
            span: compared.span,
            within: compared.within.clone(),
            value: compared.value.clone(),
            one: compared.one,
            other: compared.other,
            p_value: *p,
            q_value: *q,
            comparisons: u32::try_from(comparisons.len()).unwrap_or(u32::MAX),
            confidence,
            difference: difference_at(z, compared.one, compared.other),
            ratio: ratio_at(z, compared.one, compared.other),
        })
        .collect()
}

/// Each p-value as the least share of false discoveries at which it would be kept.
fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut q_values = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (rank, number) in order.into_iter().enumerate().rev() {
        least = least.min(p_values[number] / share(rank + 1, p_values.len()));
        q_values[number] = least;
    }
    q_values
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The standard normal distribution's quantile for a two-sided interval.
fn quantile(confidence: f64) -> f64 {
    if confidence >= 1.0 { Z } else { Normal::standard().inverse_cdf(f64::midpoint(1.0, confidence)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn comparison(kind: InsightKind, value: &str, one: Share, other: Share) -> Comparison {
        let look = Look::of(kind).unwrap();
        Comparison {
            look,
            span: look.span(DateTime::UNIX_EPOCH),
            within: String::new(),
            value: value.to_owned(),
            one,
            other,
        }
    }

    #[test]
    fn adjusts_as_benjamini_and_hochberg_do() {
        // The fifteen p-values of their example (1995, section 3.2): four are kept at 5 %.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let q = adjusted(&p);
        assert_eq!(q.iter().filter(|q| **q <= 0.05).count(), 4);
        assert!((q[0] - 0.0015).abs() < 1e-9 && (q[3] - 0.035_625).abs() < 1e-9);
        assert!(q.is_sorted());
    }

    #[test]
    fn intervals_are_wider_the_more_was_looked_at() {
        let mut all = vec![comparison(InsightKind::NoShowSource, "a", (300, 1000), (200, 1000))];
        let alone = Pass::of(&all).proposed[0].clone();
        assert!((alone.confidence - 0.95).abs() < 1e-12);
        assert!(alone.difference.value > 0.099 && alone.ratio.is_some_and(|ratio| (ratio.value - 1.5).abs() < 1e-9));
        all.extend(
            (0..9).map(|number| comparison(InsightKind::OfferSource, &number.to_string(), (50, 100), (50, 100))),
        );
        let among = Pass::of(&all).proposed[0].clone();
        assert!((among.confidence - 0.995).abs() < 1e-12 && among.comparisons == 10);
        assert!(among.difference.lower < alone.difference.lower && among.difference.upper > alone.difference.upper);
        assert!((among.q_value - 10.0 * alone.q_value).abs() < 1e-12);
    }

    #[test]
    fn at_most_ten_are_proposed_and_three_of_a_kind_what_was_drawn_first() {
        let mut all: Vec<Comparison> = [InsightKind::NoShowSource, InsightKind::OfferSource, InsightKind::Template]
            .into_iter()
            .flat_map(|kind| {
                (0..4).map(move |number| comparison(kind, &number.to_string(), (300 + number, 1000), (100, 1000)))
            })
            .collect();
        all.push(comparison(InsightKind::ExperimentArm, "b", (60, 200), (20, 200)));
        all.push(comparison(InsightKind::SilenceStage, "screen", (1_000, 100_000), (1_300, 100_000)));
        let pass = Pass::of(&all);
        assert_eq!((pass.proposed.len(), pass.comparisons()), (10, 14));
        assert_eq!(pass.proposed[0].look().unwrap().kind, InsightKind::ExperimentArm);
        let topics: Vec<String> = pass.proposed.iter().map(Finding::topic).collect();
        assert!(!topics.contains(&"INSIGHT_KIND_NO_SHOW_SOURCE//0".to_owned()), "the least of its kind: {topics:?}");
        assert_eq!(pass.withdrawal("INSIGHT_KIND_NO_SHOW_SOURCE//0"), InsightWithdrawal::Outweighed);
        assert_eq!(pass.withdrawal("INSIGHT_KIND_SILENCE_STAGE//screen"), InsightWithdrawal::NotShown, "0.3 points");
        assert_eq!(pass.withdrawal("INSIGHT_KIND_SILENCE_STAGE//onsite"), InsightWithdrawal::NotEnough);
        assert!(Pass::of(&[]).proposed.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_kept_is_at_most_what_single_tests_would_keep(p in prop::collection::vec(0.0_f64..=1.0, 0..60)) {
            for (p, q) in p.iter().zip(adjusted(&p)) {
                prop_assert!(*p <= q && q <= 1.0);
            }
        }

        /// Twelve comparisons of groups that do not differ, in 400 worlds: a pass finds something in at most one of twenty, but for
        /// luck (three standard deviations).
        #[test]
        fn where_nothing_is_there_hardly_anything_is_found(seed in any::<u64>()) {
            let mut state = seed | 1;
            let mut draw = |n: i64, percent: u64| {
                let hits = (0..n).filter(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    (state >> 11) % 100 < percent
                });
                (i64::try_from(hits.count()).unwrap(), n)
            };
            let found = (0..400).filter(|_| {
                let all: Vec<Comparison> = (0..12)
                    .map(|number| comparison(InsightKind::NoShowSource, &number.to_string(), draw(60, 20), draw(150, 20)))
                    .collect();
                !Pass::of(&all).proposed.is_empty()
            });
            prop_assert!(found.count() <= 33);
        }
    }
}
