//! How likely it is by luck that two shares differ so much.
//!
//! Fisher's exact test, two-sided: of all tables with the same sums, those together that are no likelier than the one that was seen
//! (R. A. Fisher, "The Logic of Inductive Inference", JRSS 98 (1935) 39–82). It never says too little, however small the numbers
//! are, so what is found by it is false at most as often as is said.

use crate::domain::difference::Share;

/// Of tables that are equally likely, rounding must not leave one out.
const ROUNDING: f64 = 1.0 + 1e-9;

/// The probability of so great a difference, or a greater one, where there is none.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn p_value(one: Share, other: Share) -> f64 {
    let (hits, whole) = (one.0 + other.0, one.1 + other.1);
    let (least, most) = ((hits - other.1).max(0), hits.min(one.1));
    if least >= most {
        return 1.0;
    }
    // What one more hit in the first group makes of a table's weight.
    let step = |k: i64| {
        let up = (hits - k) as f64 * (one.1 - k) as f64;
        let down = (k + 1) as f64 * (whole - hits - one.1 + k + 1) as f64;
        up / down
    };
    // From the likeliest table on, so that no weight is too large to be written.
    let mode = ((hits + 1) as f64 * (one.1 + 1) as f64 / (whole + 2) as f64).floor();
    #[expect(clippy::cast_possible_truncation, reason = "between the least and the most")]
    let mode = (mode as i64).clamp(least, most);
    let mut weights = Vec::new();
    let mut weight = 1.0;
    for k in mode..=most {
        weights.push((k, weight));
        weight *= if k < most { step(k) } else { 0.0 };
        if weight == 0.0 {
            break;
        }
    }
    weight = 1.0;
    for k in (least..mode).rev() {
        weight /= step(k);
        if weight == 0.0 {
            break;
        }
        weights.push((k, weight));
    }
    let seen = weights.iter().find(|(k, _)| *k == one.0).map_or(0.0, |(_, weight)| *weight);
    let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let rare: f64 = weights.iter().map(|(_, weight)| weight).filter(|weight| **weight <= seen * ROUNDING).sum();
    (rare / all).clamp(f64::MIN_POSITIVE, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{Discrete as _, Hypergeometric};

    use super::*;

    #[test]
    fn agrees_with_published_values() {
        // Fisher's tea (1935): 3 of 4 against 1 of 4; and the twins of convicts: 10 of 13 against 2 of 17.
        assert!((p_value((3, 4), (1, 4)) - 0.485_714).abs() < 1e-6);
        assert!((p_value((10, 13), (2, 17)) - 0.000_536_7).abs() < 1e-7);
        assert!((p_value((0, 30), (0, 40)) - 1.0).abs() < 1e-12);
        assert!(p_value((90_000, 100_000), (10_000, 100_000)) < 1e-300, "far beyond what a float can hold");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn is_the_sum_over_rarer_tables_and_the_same_from_both_sides(a in 0_i64..60, m in 1_i64..60, b in 0_i64..60, n in 1_i64..60) {
            let (a, b) = (a.min(m), b.min(n));
            let found = p_value((a, m), (b, n));
            prop_assert!((found - p_value((b, n), (a, m))).abs() < 1e-9);
            prop_assert!((found - p_value((m - a, m), (n - b, n))).abs() < 1e-9);
            let unsigned = i64::unsigned_abs;
            let tables = Hypergeometric::new(unsigned(m + n), unsigned(a + b), unsigned(m)).unwrap();
            let seen = tables.pmf(unsigned(a));
            let slow: f64 = (0..=unsigned(m)).map(|k| tables.pmf(k)).filter(|p| *p <= seen * (1.0 + 1e-7)).sum();
            prop_assert!((found - slow).abs() < 1e-6, "{found} {slow}");
        }
    }
}
