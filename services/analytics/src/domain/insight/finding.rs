//! What is left of all comparisons of a pass, and what weighs most.
//!
//! Who looks at a hundred comparisons at 5 % sees five differences where there are none. Benjamini's and Hochberg's procedure (JRSS B
//! 57 (1995) 289–300) keeps of m comparisons those k that are as unlikely as 0.05 · k / m, all of them; what it keeps is false
//! to at most 5 %, on average, and where nothing is there at all, at most one pass in twenty keeps anything. A pass proposes only some,
//! by what they are worth; so that the same holds for these, each of the k that it *proposes* is as unlikely as 0.05 · k / m (G.
//! Blanchard and E. Roquain, "Two simple sufficient conditions for FDR control", EJS 2 (2008) 963–992). What is chosen for being large
//! was likely drawn too large; so intervals are as much wider as there were more comparisons (Benjamini and Yekutieli, JASA 100 (2005)
//! 71–81): coverage 1 − 0.05 · k / m.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
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
    wilson::{CONFIDENCE, Interval, Z},
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
    pub days: (NaiveDate, NaiveDate),
    pub within: String,
    pub value: String,
    /// With which value it was compared; empty where with all others.
    pub against: String,
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
        let more_is_better = self.look().is_none_or(|look| look.report.more_is_better());
        let is_ahead = (self.difference.value > 0.0) == more_is_better;
        let behind = if is_ahead { self.other.1 } else { self.one.1 };
        self.difference.lower.abs().min(self.difference.upper.abs()) * behind as f64
    }

    /// With intervals of another coverage.
    fn with_confidence(&self, confidence: f64) -> Self {
        let z = quantile(confidence);
        let (difference, ratio) = (difference_at(z, self.one, self.other), ratio_at(z, self.one, self.other));
        Self { confidence, difference, ratio, ..self.clone() }
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
        let tested = tested(comparisons);
        let proposed = (1..=MOST).rev().find_map(|number| proposed(&tested, number)).unwrap_or_default();
        let topics: BTreeSet<String> = proposed.iter().map(Finding::topic).collect();
        // What would be proposed if it were for itself alone.
        let shown = tested.iter().filter(|finding| finding.q_value <= FALSE_DISCOVERIES && finding.is_worth_telling());
        Self {
            outweighed: shown.map(Finding::topic).filter(|topic| !topics.contains(topic)).collect(),
            compared: comparisons.iter().map(Comparison::topic).collect(),
            proposed,
        }
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

/// The weightiest findings, exactly so many, each unlikely enough for a list of that length; `None` where there are fewer.
fn proposed(tested: &[Finding], number: usize) -> Option<Vec<Finding>> {
    let level = FALSE_DISCOVERIES * share(number, tested.len());
    let mut found: Vec<Finding> = tested
        .iter()
        .filter(|finding| finding.p_value <= level)
        .map(|finding| finding.with_confidence(1.0 - level))
        .filter(Finding::is_worth_telling)
        .collect();
    // What was drawn at random goes before what was merely observed.
    let design = |finding: &Finding| finding.look().map(Look::design);
    found.sort_by(|one, other| {
        let by_design = design(one).cmp(&design(other));
        by_design.then(other.weight().total_cmp(&one.weight())).then_with(|| one.topic().cmp(&other.topic()))
    });
    let mut of_kind: BTreeMap<i32, usize> = BTreeMap::new();
    found.retain(|finding| {
        let of_kind = of_kind.entry(finding.kind).or_default();
        *of_kind += 1;
        *of_kind <= MOST_OF_KIND
    });
    found.truncate(number);
    (found.len() == number).then_some(found)
}

/// Every comparison with what can be said of it by itself.
fn tested(comparisons: &[Comparison]) -> Vec<Finding> {
    let p_values: Vec<f64> = comparisons.iter().map(|one| p_value(one.one, one.other)).collect();
    let q_values = adjusted(&p_values);
    let found = comparisons.iter().zip(p_values.iter().zip(&q_values));
    found
        .map(|(compared, (p, q))| Finding {
            kind: compared.look.kind.into(),
            days: compared.days,
            within: compared.within.clone(),
            value: compared.value.clone(),
            against: compared.against.clone(),
            one: compared.one,
            other: compared.other,
            p_value: *p,
            q_value: *q,
            comparisons: u32::try_from(comparisons.len()).unwrap_or(u32::MAX),
            confidence: CONFIDENCE,
            difference: difference_at(Z, compared.one, compared.other),
            ratio: ratio_at(Z, compared.one, compared.other),
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
    Normal::standard().inverse_cdf(f64::midpoint(1.0, confidence))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn comparison(kind: InsightKind, value: &str, one: Share, other: Share) -> Comparison {
        let look = Look::of(kind).unwrap();
        Comparison {
            look,
            days: look.days(DateTime::UNIX_EPOCH),
            within: String::new(),
            value: value.to_owned(),
            against: String::new(),
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

    #[test]
    fn what_many_are_behind_weighs_more_and_of_no_shows_those_who_miss_more_are() {
        let all = [
            comparison(InsightKind::NoShowSource, "few", (30, 40), (500, 5000)),
            comparison(InsightKind::NoShowStage, "many", (900, 3000), (500, 5000)),
            comparison(InsightKind::OfferSource, "best", (38, 40), (2500, 5000)),
        ];
        let values: Vec<String> = Pass::of(&all).proposed.into_iter().map(|finding| finding.value).collect();
        assert_eq!(values, ["best", "many", "few"], "5000 could be like 40, and 3000, and 40, like 5000");
    }

    #[test]
    fn each_of_a_list_is_as_unlikely_as_the_list_is_short() {
        // Twenty clear differences of one kind and one at 1 in 100 of another: the kind may have three places, and for a list of four
        // the other one is not unlikely enough, though it is among twenty-one.
        let mut all: Vec<Comparison> = (0..20)
            .map(|number| comparison(InsightKind::NoShowSource, &number.to_string(), (400, 1000), (100, 1000)))
            .collect();
        all.push(comparison(InsightKind::OfferSource, "a", (120, 200), (94, 200)));
        let pass = Pass::of(&all);
        assert_eq!(pass.proposed.len(), 3);
        assert_eq!(pass.withdrawal("INSIGHT_KIND_OFFER_SOURCE//a"), InsightWithdrawal::Outweighed);
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
