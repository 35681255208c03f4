//! The difference of two independent proportions.
//!
//! Newcombe's interval: with Wilson's bounds `l, u` of each proportion `p`, the difference `d = p₁ − p₂` lies from
//! `d − √((p₁−l₁)² + (u₂−p₂)²)` to `d + √((u₁−p₁)² + (p₂−l₂)²)`. R. G. Newcombe, "Interval estimation for the difference between
//! independent proportions: comparison of eleven methods", Statistics in Medicine 17 (1998) 873–890, method 10.

use super::wilson::{Interval, Z, interval_at};

/// Below so many in a group, nothing is said of the difference.
pub const MINIMUM_N: i64 = 30;

/// How many of how many.
pub type Share = (i64, i64);

/// The first share less the second. Where one of them is of nobody, everything is possible.
pub fn difference(one: Share, other: Share) -> Interval {
    difference_at(Z, one, other)
}

/// The same of another coverage, as the quantile of the standard normal distribution says it.
pub fn difference_at(z: f64, one: Share, other: Share) -> Interval {
    if one.1 <= 0 || other.1 <= 0 {
        return Interval { value: 0.0, lower: -1.0, upper: 1.0 };
    }
    let (one, other) = (interval_at(z, one.0, one.1), interval_at(z, other.0, other.1));
    let value = one.value - other.value;
    Interval {
        value,
        lower: value - (one.value - one.lower).hypot(other.upper - other.value),
        upper: value + (one.upper - one.value).hypot(other.value - other.lower),
    }
}

/// The first share over the second; `None` where one of them is 0. The logarithm's interval is that of D. Katz, J. Baptista,
/// S. P. Azen and M. C. Pike, "Obtaining confidence intervals for the risk ratio in cohort studies", Biometrics 34 (1978) 469–474.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn ratio_at(z: f64, one: Share, other: Share) -> Option<Interval> {
    if one.0 <= 0 || other.0 <= 0 {
        return None;
    }
    let (one, other) = ((one.0 as f64, one.1 as f64), (other.0 as f64, other.1 as f64));
    let value = (one.0 / one.1) / (other.0 / other.1);
    let variance = one.0.recip() - one.1.recip() + other.0.recip() - other.1.recip();
    let factor = (z * variance.max(0.0).sqrt()).exp();
    Some(Interval { value, lower: value / factor, upper: value * factor })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_newcombes_table() {
        // Statistics in Medicine 17 (1998), table II, method 10: (a) 56/70 - 48/80, (b) 9/10 - 3/10, (c) 6/7 - 2/7,
        // (d) 5/56 - 0/29, (e) 0/10 - 0/20, (f) 0/10 - 0/10, (g) 10/10 - 0/20, (h) 10/10 - 0/10.
        let table = [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ];
        for (one, other, lower, upper) in table {
            let found = difference(one, other);
            assert!((found.lower - lower).abs() < 1e-4 && (found.upper - upper).abs() < 1e-4, "{one:?} {found:?}");
        }
    }

    #[test]
    fn a_ratio_has_an_interval_where_both_happened() {
        // A. Agresti, "Categorical Data Analysis" (2013), table 2.3 (aspirin and
        // heart attacks): 189 of 11,034 on placebo against 104 of 11,037: 1.82 (1.43 to 2.31).
        let found = ratio_at(Z, (189, 11_034), (104, 11_037)).unwrap();
        assert!((found.value - 1.82).abs() < 5e-3, "{found:?}");
        assert!((found.lower - 1.43).abs() < 5e-3 && (found.upper - 2.31).abs() < 5e-3, "{found:?}");
        assert_eq!(ratio_at(Z, (0, 10), (3, 10)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn holds_the_estimate_and_is_the_others_reversed(a in 0_i64..500, m in 0_i64..500, b in 0_i64..500, n in 0_i64..500) {
            let (a, b) = (a.min(m), b.min(n));
            let found = difference((a, m), (b, n));
            prop_assert!(-1.0 - 1e-9 <= found.lower && found.lower <= found.value && found.value <= found.upper);
            prop_assert!(found.upper <= 1.0 + 1e-9);
            let reversed = difference((b, n), (a, m));
            prop_assert!((found.lower + reversed.upper).abs() < 1e-9);
        }
    }
}
