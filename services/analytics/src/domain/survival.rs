//! How long things take, where for some it is not known yet.
//!
//! The share for which it has not happened is estimated as E. L. Kaplan and P. Meier do, "Nonparametric Estimation from Incomplete
//! Observations", JASA 53 (1958) 457–481: at each day d with e events among n at risk it is multiplied by 1 − e/n. Who is
//! censored on a day is still at risk on it. Its variance is M. Greenwood's (1926), and its interval that of the log-minus-log
//! scale, which stays within 0 and 1: `S^exp(±z √V / ln S)` with `V = Σ e / (n (n − e))` (J. D. Kalbfleisch, R. L. Prentice, The
//! Statistical Analysis of Failure Time Data, 2002, section 1.4.1). The interval of the median is that of R. Brookmeyer and J.
//! Crowley, "A Confidence Interval for the Median Survival Time", Biometrics 38 (1982) 29–41.

use std::collections::BTreeMap;

use super::wilson::Z;

/// What happened on a day after the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    pub events: i64,
    pub censored: i64,
}

/// The curve at a day on which something happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub day: i64,
    pub share: f64,
    pub lower: f64,
    pub upper: f64,
    pub at_risk: i64,
    pub events: i64,
    pub censored: i64,
}

/// The curve, by day.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn curve(days: &BTreeMap<i64, Day>) -> Vec<Point> {
    let mut at_risk: i64 = days.values().map(|day| day.events + day.censored).sum();
    let (mut share, mut variance, mut last) = (1.0, 0.0, (1.0, 1.0));
    let mut points = Vec::with_capacity(days.len());
    for (day, Day { events, censored }) in days {
        let (n, e) = (at_risk as f64, *events as f64);
        if at_risk > 0 {
            share *= 1.0 - e / n;
            variance += e / (n * (n - e));
        }
        // Where it has come down to nothing its variance is not known: how long it may take is no better known than before.
        let (lower, upper) = if share <= 0.0 { (0.0, last.1) } else { bounds(share, variance) };
        last = (lower, upper);
        points.push(Point { day: *day, share, lower, upper, at_risk, events: *events, censored: *censored });
        at_risk -= events + censored;
    }
    points
}

fn bounds(share: f64, variance: f64) -> (f64, f64) {
    if share >= 1.0 {
        return (1.0, 1.0);
    }
    if !variance.is_finite() {
        return (0.0, 1.0);
    }
    let spread = Z * variance.sqrt() / share.ln().abs();
    (share.powf(spread.exp()), share.powf((-spread).exp()))
}

/// The first day by which the share has come down to that; `None` where it never does.
pub fn day_of(points: &[Point], share: f64, of: impl Fn(&Point) -> f64) -> Option<i64> {
    points.iter().find(|point| of(point) <= share + 1e-12).map(|point| point.day)
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "a few small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn days(events: &[i64], censored: &[i64]) -> BTreeMap<i64, Day> {
        let mut days: BTreeMap<i64, Day> = BTreeMap::new();
        for day in events {
            days.entry(*day).or_default().events += 1;
        }
        for day in censored {
            days.entry(*day).or_default().censored += 1;
        }
        days
    }

    #[test]
    fn agrees_with_the_remission_times_of_6_mp() {
        // The treated group of E. J. Freireich et al., Blood 21 (1963), as in every textbook: S(6) = 0.857, S(7) = 0.807,
        // S(10) = 0.753, S(13) = 0.690, S(16) = 0.627, S(22) = 0.538, S(23) = 0.448; the median is 23.
        let found = curve(&days(&[6, 6, 6, 7, 10, 13, 16, 22, 23], &[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]));
        for (day, share) in [(6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)] {
            let point = found.iter().find(|point| point.day == day).unwrap();
            assert!((point.share - share).abs() < 0.000_6, "{point:?}");
        }
        assert_eq!(day_of(&found, 0.5, |point| point.share), Some(23));
        // Greenwood's standard error at 10 is 0.0963; R's survfit with conf.type = "log-log" gives 0.503 to 0.889.
        let ten = found.iter().find(|point| point.day == 10).unwrap();
        assert!((ten.lower - 0.503).abs() < 0.001 && (ten.upper - 0.889).abs() < 0.001, "{ten:?}");
        assert_eq!(day_of(&found, 0.5, |point| point.upper), None, "nobody can say how long it may take");
    }

    #[test]
    fn one_that_is_done_says_little_of_how_long_it_takes() {
        let found = curve(&days(&[5], &[]));
        assert_eq!(day_of(&found, 0.5, |point| point.share), Some(5));
        assert_eq!(day_of(&found, 0.5, |point| point.upper), None);
        let found = curve(&days(&[3, 9], &[]));
        assert_eq!(day_of(&found, 0.5, |point| point.upper), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn without_censoring_it_is_the_share_that_is_left(events in prop::collection::vec(0_i64..60, 1..150)) {
            for point in curve(&days(&events, &[])) {
                let left = events.iter().filter(|day| **day > point.day).count() as f64 / events.len() as f64;
                prop_assert!((point.share - left).abs() < 1e-9);
            }
        }

        #[test]
        fn falls_and_lies_within_its_bounds(events in prop::collection::vec(0_i64..60, 0..80), censored in prop::collection::vec(0_i64..60, 0..80)) {
            let mut last = 1.0;
            for point in curve(&days(&events, &censored)) {
                prop_assert!(point.share <= last + 1e-12 && point.share.is_finite());
                prop_assert!(0.0 <= point.lower && point.lower <= point.share + 1e-12 && point.share <= point.upper + 1e-12 && point.upper <= 1.0);
                last = point.share;
            }
        }
    }
}
