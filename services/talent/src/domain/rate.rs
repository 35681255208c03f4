//! Shares of people, and what can be said of them.
//!
//! A rate has Wilson's interval (E. B. Wilson, JASA 22 (1927) 209–212), the difference of two the one that Newcombe makes of
//! theirs (R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
//! methods", Statistics in Medicine 17 (1998) 873–890, method 10), and the quotient of two that of Katz by its logarithm
//! (D. Katz, J. Baptista, S. P. Azen, M. C. Pike, Biometrics 34 (1978) 469–474).

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

/// One rate by another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    pub value: f64,
    pub lower: f64,
    pub upper: f64,
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

    /// This by the other. Where nobody was hit in one of them, half a person is added to each count of both.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn by(&self, other: &Self) -> Ratio {
        let half = if self.hits == 0 || other.hits == 0 { 0.5 } else { 0.0 };
        let counts = |rate: &Self| (rate.hits as f64 + half, rate.n as f64 + half);
        let ((hits, n), (of, all)) = (counts(self), counts(other));
        let value = (hits / n) / (of / all);
        // Rounding can make the sum a little negative where everybody was hit.
        let spread = Z * (1.0 / hits - 1.0 / n + 1.0 / of - 1.0 / all).max(0.0).sqrt();
        Ratio { value, lower: value * (-spread).exp(), upper: value * spread.exp() }
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
    fn a_ratio_that_anyone_can_work_out() {
        // 40/100 by 60/100: ln ratio -0.4055, standard error sqrt(1/40 - 1/100 + 1/60 - 1/100) = 0.1472.
        let ratio = Rate::of(40, 100).by(&Rate::of(60, 100));
        let near = |one: f64, other: f64| (one - other).abs() < 5e-4;
        assert!(near(ratio.value, 0.6667) && near(ratio.lower, 0.4996) && near(ratio.upper, 0.8896), "{ratio:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn an_interval_holds_its_value_and_turns_round_with_its_groups(
            m in 1..2_000_i64, n in 1..2_000_i64, a in 0..2_000_i64, b in 0..2_000_i64
        ) {
            let (one, other) = (Rate::of(a.min(m), m), Rate::of(b.min(n), n));
            prop_assert!(0.0 <= one.lower && one.lower <= one.value && one.value <= one.upper && one.upper <= 1.0);
            let ratio = one.by(&other);
            prop_assert!(ratio.lower <= ratio.value && ratio.value <= ratio.upper && ratio.value.is_finite());
            let (there, back) = (one.less(&other), other.less(&one));
            prop_assert!(there.lower <= there.value && there.value <= there.upper);
            prop_assert!((there.lower + back.upper).abs() < 1e-12 && (there.upper + back.lower).abs() < 1e-12);
        }
    }
}
