//! What the measures promise.

use proptest::prelude::*;

use super::*;

#[test]
fn values_that_anyone_can_work_out() {
    let (p, y) = ([0.9, 0.8, 0.4, 0.2], [true, false, true, false]);
    assert_eq!(auc(&p, &y), Some(0.75));
    assert!((brier(&p, &y).unwrap() - (0.01 + 0.64 + 0.36 + 0.04) / 4.0).abs() < 1e-12);
    let loss = -(0.9_f64.ln() + 0.2_f64.ln() + 0.4_f64.ln() + 0.8_f64.ln()) / 4.0;
    assert!((log_loss(&p, &y).unwrap() - loss).abs() < 1e-12);
    let counts = Confusion::at(0.5, &p, &y);
    assert_eq!(counts, Confusion { hits: 1, false_alarms: 1, misses: 1, quiet: 1 });
    assert_eq!((counts.accuracy(), counts.precision(), counts.recall()), (Some(0.5), Some(0.5), Some(0.5)));
    assert_eq!(recall_at_precision(&p, &y, 0.6), Some((1.0, 0.4)));
    assert_eq!(recall_at_precision(&p, &y, 0.9), Some((0.5, 0.9)));
    assert_eq!(recall_at_precision(&p[1..2], &y[1..2], 0.5), None);
}

#[test]
fn nothing_is_said_of_nothing() {
    for (p, y) in [(&[][..], &[][..]), (&[0.5][..], &[true][..]), (&[f64::NAN, 0.5][..], &[false, true][..])] {
        assert_eq!(auc(p, y), None);
        assert_eq!(brier_skill(p, p, y), None);
    }
    assert_eq!((brier(&[], &[]), log_loss(&[], &[]), mean(&[])), (None, None, None));
    assert_eq!(Confusion::default().accuracy(), None);
    assert!(log_loss(&[0.0], &[true]).unwrap().is_finite(), "wrong and certain");
    assert_eq!(brier(&[f64::NAN, 1.0], &[true, true]), Some(0.0), "what is no number is left out");
}

#[test]
fn skill_has_an_interval_on_both_sides_of_zero_where_nothing_is_gained() {
    let y: Vec<bool> = (0..400).map(|i| i % 4 == 0).collect();
    let base = vec![0.25; 400];
    let sharp: Vec<f64> = y.iter().map(|&event| if event { 0.7 } else { 0.1 }).collect();
    assert!(brier_skill(&sharp, &base, &y).unwrap().lower > 0.5);
    let noise: Vec<f64> = (0..400).map(|i| if (i / 4) % 2 == 0 { 0.35 } else { 0.15 }).collect();
    let skill = brier_skill(&noise, &base, &y).unwrap();
    assert!(skill.value < 0.0 && skill.lower < skill.value && skill.value < skill.upper, "{skill:?}");
}

fn forecasts() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    // Few distinct values, so that ties are common.
    prop::collection::vec(((0..=8_u8).prop_map(|eighth| f64::from(eighth) / 8.0), any::<bool>()), 0..80)
        .prop_map(|pairs| pairs.into_iter().unzip())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_area_agrees_with_its_definition((p, y) in forecasts()) {
        let (mut won, mut all) = (0.0, 0.0);
        for (a, _) in p.iter().zip(&y).filter(|pair| *pair.1) {
            for (b, _) in p.iter().zip(&y).filter(|pair| !*pair.1) {
                won += if a > b { 1.0 } else if a.total_cmp(b).is_eq() { 0.5 } else { 0.0 };
                all += 1.0;
            }
        }
        match auc(&p, &y) {
            None => prop_assert!(all == 0.0),
            Some(area) => {
                prop_assert!((area - won / all).abs() < 1e-12);
                let turned: Vec<f64> = p.iter().map(|p| 1.0 - p).collect();
                prop_assert!((area + auc(&turned, &y).unwrap() - 1.0).abs() < 1e-12, "turned round");
                let estimate = auc_estimate(&p, &y).unwrap();
                prop_assert!(estimate.lower <= area && area <= estimate.upper);
            }
        }
    }

    #[test]
    fn a_lower_precision_allows_no_less_recall((p, y) in forecasts(), precision in 0.0..1.0_f64) {
        if let Some((recall, threshold)) = recall_at_precision(&p, &y, precision) {
            let counts = Confusion::at(threshold, &p, &y);
            prop_assert!((counts.recall().unwrap() - recall).abs() < 1e-12 && counts.precision().unwrap() >= precision);
            prop_assert!(recall_at_precision(&p, &y, precision / 2.0).unwrap().0 >= recall);
        }
    }

    #[test]
    fn scores_stay_where_they_belong((p, y) in forecasts()) {
        if let (Some(brier), Some(loss)) = (brier(&p, &y), log_loss(&p, &y)) {
            prop_assert!((0.0..=1.0).contains(&brier) && loss >= 0.0);
            let skill = brier_skill(&p, &p, &y);
            prop_assert!(skill.is_none_or(|skill| skill.value.abs() < 1e-12 && skill.upper - skill.lower < 1e-9));
        }
    }
}
