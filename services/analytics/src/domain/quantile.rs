//! Quantiles of whole numbers that are known by how often each occurs.
//!
//! Type 7 of R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996) 361–365: the
//! value at place `q (n − 1)` of the n in order, with what lies between two places in proportion. The median of an even number is
//! the mean of the two in the middle.

use std::collections::BTreeMap;

/// The quantile of a share from 0 to 1; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts and days stay far below 2^52")]
#[expect(clippy::cast_possible_truncation, reason = "a place is between 0 and n")]
pub fn quantile(occurs: &BTreeMap<i64, i64>, share: f64) -> Option<f64> {
    let n: i64 = occurs.values().sum();
    if n <= 0 {
        return None;
    }
    let place = share.clamp(0.0, 1.0) * (n - 1) as f64;
    let (below, part) = (place.floor() as i64, place.fract());
    let (low, high) = (at(occurs, below)? as f64, at(occurs, (below + 1).min(n - 1))? as f64);
    Some(low + part * (high - low))
}

/// The value at a place, from 0.
fn at(occurs: &BTreeMap<i64, i64>, place: i64) -> Option<i64> {
    let mut passed = 0;
    occurs.iter().find_map(|(value, count)| {
        passed += count;
        (place < passed).then_some(*value)
    })
}

#[cfg(test)]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few small numbers"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_r() {
        // R: quantile(c(1, 2, 4, 7), c(.5, .9)) is 3 and 6.1; median(c(3)) is 3.
        let occurs = BTreeMap::from([(1, 1), (2, 1), (4, 1), (7, 1)]);
        assert_eq!(quantile(&occurs, 0.5), Some(3.0));
        assert!((quantile(&occurs, 0.9).unwrap() - 6.1).abs() < 1e-9);
        assert_eq!(quantile(&BTreeMap::from([(3, 1)]), 0.9), Some(3.0));
        assert_eq!(quantile(&BTreeMap::new(), 0.5), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn is_that_of_the_numbers_written_out(values in prop::collection::vec(0_i64..50, 1..200), share in 0.0_f64..=1.0) {
            let mut occurs = BTreeMap::new();
            for value in &values {
                *occurs.entry(*value).or_insert(0) += 1;
            }
            let mut sorted = values;
            sorted.sort_unstable();
            let place = share * (sorted.len() - 1) as f64;
            let (low, high) = (sorted[place.floor() as usize] as f64, sorted[place.ceil() as usize] as f64);
            let expected = low + place.fract() * (high - low);
            prop_assert!((quantile(&occurs, share).unwrap() - expected).abs() < 1e-6);
        }
    }
}
