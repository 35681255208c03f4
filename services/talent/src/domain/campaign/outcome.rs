//! What a campaign did: the share that came back of those who were assigned to be written to, of those who were held out,
//! and what can be said of the difference. Everybody counts in the group that they were assigned to, whatever became of
//! their messages; any other way of counting would compare the willing with everybody.
//!
//! Rates have Wilson's interval (E. B. Wilson, JASA 22 (1927) 209–212), the difference the one that Newcombe makes of two
//! of them (R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
//! methods", Statistics in Medicine 17 (1998) 873–890, method 10).

use usher_proto::talent::v1::{CampaignOutcome, CampaignVerdict};

/// How all this is reckoned.
pub const FORMULA: &str = "activation/1";
/// Below so many in a group, nothing is said of the difference.
pub const MINIMUM_N: i64 = 30;
/// The quantile of the standard normal distribution at (1 + 0.95) / 2.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many, with the bounds of the 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub hits: i64,
    pub n: i64,
    pub value: f64,
    pub lower: f64,
    pub upper: f64,
}

/// One rate less another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub value: f64,
    pub lower: f64,
    pub upper: f64,
}

/// Whether somebody who did this has come back.
pub fn is_return(outcome: CampaignOutcome) -> bool {
    matches!(
        outcome,
        CampaignOutcome::Applied | CampaignOutcome::Answered | CampaignOutcome::Updated | CampaignOutcome::Confirmed
    )
}

impl Rate {
    /// With nobody counted, everything is possible.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn of(hits: i64, n: i64) -> Self {
        if n <= 0 {
            return Self { hits: 0, n: 0, value: 0.0, lower: 0.0, upper: 1.0 };
        }
        let count = n as f64;
        let p = hits.clamp(0, n) as f64 / count;
        let z2 = Z * Z;
        let centre = p + z2 / (2.0 * count);
        let half = Z * (p * (1.0 - p) / count + z2 / (4.0 * count * count)).sqrt();
        let scale = 1.0 + z2 / count;
        // At the ends the formula gives 0 and 1 exactly; rounding must not leave them.
        let lower = if hits <= 0 { 0.0 } else { ((centre - half) / scale).max(0.0) };
        let upper = if hits >= n { 1.0 } else { ((centre + half) / scale).min(1.0) };
        Self { hits, n, value: p, lower, upper }
    }

    /// This less the other. With an empty group, everything is possible.
    pub fn less(&self, other: &Self) -> Difference {
        if self.n == 0 || other.n == 0 {
            return Difference { value: 0.0, lower: -1.0, upper: 1.0 };
        }
        let value = self.value - other.value;
        let down = (self.value - self.lower).hypot(other.upper - other.value);
        let up = (self.upper - self.value).hypot(other.value - other.lower);
        Difference { value, lower: (value - down).max(-1.0), upper: (value + up).min(1.0) }
    }
}

/// What can be said.
pub fn verdict(treatment: &Rate, holdout: &Rate) -> CampaignVerdict {
    let difference = treatment.less(holdout);
    if treatment.n == 0 || holdout.n == 0 {
        CampaignVerdict::NoComparison
    } else if treatment.n < MINIMUM_N || holdout.n < MINIMUM_N {
        CampaignVerdict::NotEnough
    } else if difference.lower > 0.0 {
        CampaignVerdict::More
    } else if difference.upper < 0.0 {
        CampaignVerdict::Fewer
    } else {
        CampaignVerdict::NotShown
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn intervals_agree_with_those_that_were_published() {
        // Newcombe 1998, table II, method 10.
        for ((a, m), (b, n), lower, upper) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
        ] {
            let difference = Rate::of(a, m).less(&Rate::of(b, n));
            let close = |one: f64, other: f64| (one - other).abs() < 0.000_06;
            assert!(
                close(difference.lower, lower) && close(difference.upper, upper),
                "{a}/{m}, {b}/{n}: {difference:?}"
            );
        }
    }

    #[test]
    fn nothing_is_claimed_of_few_or_of_nobody() {
        let verdict = |a, m, b, n| super::verdict(&Rate::of(a, m), &Rate::of(b, n));
        assert_eq!(verdict(5, 100, 0, 0), CampaignVerdict::NoComparison);
        assert_eq!(verdict(20, 29, 0, 100), CampaignVerdict::NotEnough);
        assert_eq!(verdict(12, 100, 10, 100), CampaignVerdict::NotShown);
        assert_eq!(verdict(40, 100, 10, 100), CampaignVerdict::More);
        assert_eq!(verdict(10, 100, 40, 100), CampaignVerdict::Fewer);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn an_interval_holds_its_value_and_turns_round_with_its_groups(
            m in 1..2_000_i64, n in 1..2_000_i64, a in 0..2_000_i64, b in 0..2_000_i64
        ) {
            let (one, other) = (Rate::of(a.min(m), m), Rate::of(b.min(n), n));
            prop_assert!(0.0 <= one.lower && one.lower <= one.value && one.value <= one.upper && one.upper <= 1.0);
            let (there, back) = (one.less(&other), other.less(&one));
            prop_assert!(there.lower <= there.value && there.value <= there.upper);
            prop_assert!((there.lower + back.upper).abs() < 1e-12 && (there.upper + back.lower).abs() < 1e-12);
        }
    }
}
