//! The Wilson score interval of a proportion, without continuity correction.
//!
//! For k of n and the normal quantile z,
//! `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)` with `p = k/n`.
//! E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927) 209–212. Unlike
//! the usual p ± z·se it stays within 0 and 1, and it says something true for small n and for 0 or n of n.

use serde::{Deserialize, Serialize};

/// The coverage of intervals, where nothing else is said.
pub const CONFIDENCE: f64 = 0.95;
/// The quantile of the standard normal distribution at (1 + 0.95) / 2.
pub const Z: f64 = 1.959_963_984_540_054;
/// Below so many, a rate is not worth reading.
pub const MINIMUM_N: i64 = 10;

/// An estimate and its interval. A share lies within 0 and 1, a difference of shares within −1 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// Of `k` in `n`. With nothing counted, everything is possible.
pub fn interval(k: i64, n: i64) -> Interval {
    interval_at(Z, k, n)
}

/// The same of another coverage, as the quantile of the standard normal distribution says it.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn interval_at(z: f64, k: i64, n: i64) -> Interval {
    if n <= 0 {
        return Interval { value: 0.0, lower: 0.0, upper: 1.0 };
    }
    let (hits, misses) = (k.clamp(0, n) == 0, k >= n);
    let n = n as f64;
    let p = (k as f64 / n).clamp(0.0, 1.0);
    let z2 = z * z;
    let centre = p + z2 / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // At the ends the formula gives 0 and 1 exactly; rounding must not leave them.
    Interval {
        value: p,
        lower: if hits { 0.0 } else { ((centre - half) / scale).max(0.0) },
        upper: if misses { 1.0 } else { ((centre + half) / scale).min(1.0) },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 0.000_06
    }

    #[test]
    fn agrees_with_published_values() {
        for (k, n, lower, upper) in [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)] {
            let interval = interval(k, n);
            assert!(close(interval.lower, lower) && close(interval.upper, upper), "{k}/{n}: {interval:?}");
        }
        let z = statrs::distribution::ContinuousCDF::inverse_cdf(
            &statrs::distribution::Normal::new(0.0, 1.0).unwrap(),
            f64::midpoint(1.0, CONFIDENCE),
        );
        assert!((z - Z).abs() < 1e-6);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn holds_the_estimate_and_narrows(n in 1_i64..100_000, share in 0_i64..=1_000) {
            let k = n * share / 1_000;
            let one = interval(k, n);
            prop_assert!(0.0 <= one.lower && one.lower <= one.value && one.value <= one.upper && one.upper <= 1.0);
            let other = interval(n - k, n);
            prop_assert!((one.lower - (1.0 - other.upper)).abs() < 1e-9, "symmetric");
            let more = interval(k * 4, n * 4);
            prop_assert!(more.upper - more.lower <= one.upper - one.lower + 1e-12, "more data, no wider");
        }
    }
}
