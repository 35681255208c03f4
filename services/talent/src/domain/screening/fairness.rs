//! Whether groups were selected at different rates, and whether the data can tell.

use usher_proto::talent::v1::FairnessVerdict as Verdict;

use crate::domain::rate::{Rate, Ratio};

/// Fewer people in a group say nothing.
const LEAST: i64 = 30;
/// The four-fifths rule, 29 CFR 1607.4 D.
const FOUR_FIFTHS: f64 = 0.8;

/// What a group's rate says beside that of the group that was selected at the highest rate.
pub fn verdict(group: &Rate, reference: &Rate) -> (Ratio, Verdict) {
    let ratio = group.by(reference);
    let verdict = if group.n.min(reference.n) < LEAST {
        Verdict::TooFew
    } else if ratio.lower <= 1.0 && ratio.upper >= 1.0 {
        Verdict::NotDistinguished
    } else if ratio.value >= FOUR_FIFTHS {
        Verdict::Lower
    } else {
        Verdict::BelowFourFifths
    };
    (ratio, verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_has_its_case() {
        let of = |hits, n, reference| verdict(&Rate::of(hits, n), &reference).1;
        assert_eq!(of(40, 100, Rate::of(60, 100)), Verdict::BelowFourFifths);
        assert_eq!(of(55, 100, Rate::of(60, 100)), Verdict::NotDistinguished);
        assert_eq!(of(2, 29, Rate::of(60, 100)), Verdict::TooFew);
        assert_eq!(of(8_500, 10_000, Rate::of(9_000, 10_000)), Verdict::Lower);
    }
}
