//! Whether groups were selected at different rates, and whether the data can tell.

use usher_proto::talent::v1::FairnessVerdict as Verdict;

/// The 97.5 % point of the normal distribution: two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;
/// Fewer people in a group say nothing.
const LEAST: u32 = 30;
/// The four-fifths rule, 29 CFR 1607.4 D.
const FOUR_FIFTHS: f64 = 0.8;

/// How many of a group were selected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub applicants: u32,
    pub selected: u32,
}

/// A share with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub rate: f64,
    pub low: f64,
    pub high: f64,
}

/// A rate by another one, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
    pub verdict: Verdict,
}

/// The share that was selected, with its 95 % interval after Wilson; everything is possible where there is nobody.
pub fn rate(count: Count) -> Rate {
    if count.applicants == 0 {
        return Rate { rate: 0.0, low: 0.0, high: 1.0 };
    }
    let (n, share) = (f64::from(count.applicants), f64::from(count.selected) / f64::from(count.applicants));
    let scale = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    Rate { rate: share, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

/// The rate of one group by that of another, with the 95 % interval of Katz: the logarithm of the ratio is nearly normal.
pub fn compare(group: Count, reference: Count) -> Ratio {
    let is_hollow = group.selected == 0 || reference.selected == 0;
    let half = if is_hollow { 0.5 } else { 0.0 };
    let counts = |count: Count| (f64::from(count.selected) + half, f64::from(count.applicants) + half);
    let ((selected, applicants), (of, all)) = (counts(group), counts(reference));
    let ratio = (selected / applicants) / (of / all);
    // Rounding can make the sum a little negative where everybody was selected.
    let spread = Z * (1.0 / selected - 1.0 / applicants + 1.0 / of - 1.0 / all).max(0.0).sqrt();
    let (low, high) = (ratio * (-spread).exp(), ratio * spread.exp());
    let verdict = if group.applicants.min(reference.applicants) < LEAST {
        Verdict::TooFew
    } else if low <= 1.0 && high >= 1.0 {
        Verdict::NotDistinguished
    } else if ratio >= FOUR_FIFTHS {
        Verdict::Lower
    } else {
        Verdict::BelowFourFifths
    };
    Ratio { ratio, low, high, verdict }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(selected: u32, applicants: u32) -> Count {
        Count { applicants, selected }
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 5e-4
    }

    #[test]
    fn figures_that_anyone_can_work_out() {
        let ten_of_fifty = rate(count(10, 50));
        assert!(near(ten_of_fifty.low, 0.1124) && near(ten_of_fifty.high, 0.3304), "{ten_of_fifty:?}");
        // 40/100 by 60/100: ln ratio -0.4055, standard error sqrt(1/40 - 1/100 + 1/60 - 1/100) = 0.1472.
        let ratio = compare(count(40, 100), count(60, 100));
        assert!(near(ratio.ratio, 0.6667) && near(ratio.low, 0.4996) && near(ratio.high, 0.8896), "{ratio:?}");
        assert_eq!(ratio.verdict, Verdict::BelowFourFifths);
        assert_eq!(compare(count(55, 100), count(60, 100)).verdict, Verdict::NotDistinguished);
        assert_eq!(compare(count(2, 29), count(60, 100)).verdict, Verdict::TooFew);
        assert_eq!(compare(count(8_500, 10_000), count(9_000, 10_000)).verdict, Verdict::Lower);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn intervals_hold_what_they_are_about(one in (0_u32..500, 0_u32..500), other in (0_u32..500, 0_u32..500)) {
            let of = |(selected, others): (u32, u32)| count(selected, selected + others);
            let share = rate(of(one));
            prop_assert!(share.low <= share.rate + 1e-12 && share.rate <= share.high + 1e-12);
            let ratio = compare(of(one), of(other));
            prop_assert!(ratio.low <= ratio.ratio && ratio.ratio <= ratio.high && ratio.ratio.is_finite(), "{ratio:?}");
        }
    }
}
