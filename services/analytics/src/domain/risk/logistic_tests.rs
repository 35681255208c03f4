//! What the regression promises.

use proptest::prelude::*;

use super::*;

/// Damage to O-rings by temperature (°F) in the 23 flights before the Challenger's last: S. R. Dalal, E. B. Fowlkes,
/// B. Hoadley, "Risk Analysis of the Space Shuttle", JASA 84 (1989) 945–957, table 1.
const FLIGHTS: [(f64, bool); 23] = [
    (66.0, false),
    (70.0, true),
    (69.0, false),
    (68.0, false),
    (67.0, false),
    (72.0, false),
    (73.0, false),
    (70.0, false),
    (57.0, true),
    (63.0, true),
    (70.0, true),
    (78.0, false),
    (67.0, false),
    (53.0, true),
    (67.0, false),
    (75.0, false),
    (70.0, false),
    (81.0, false),
    (76.0, false),
    (79.0, false),
    (75.0, true),
    (76.0, false),
    (58.0, true),
];

fn flat(columns: usize, precision: f64) -> Prior {
    Prior { mean: vec![0.0; columns], precision: vec![precision; columns] }
}

#[test]
fn agrees_with_the_published_fit_of_the_o_rings() {
    let rows: Vec<Vec<f64>> = FLIGHTS.iter().map(|flight| vec![1.0, flight.0]).collect();
    let outcomes: Vec<bool> = FLIGHTS.iter().map(|flight| flight.1).collect();
    let fit = fit(&rows, &outcomes, &flat(2, 1e-9), &Options::default()).unwrap();
    assert!(fit.converged && fit.iterations < 12, "{fit:?}");
    let errors = fit.standard_errors();
    // As R's glm(damage ~ temperature, binomial) prints them: 15.0429 (7.3786) and -0.2322 (0.1082).
    for (got, wanted) in
        [(fit.coefficients[0], 15.0429), (errors[0], 7.3786), (fit.coefficients[1], -0.2322), (errors[1], 0.1082)]
    {
        assert!((got - wanted).abs() < 6e-5, "{got} is not {wanted}");
    }
}

#[test]
fn without_data_the_prior_comes_out() {
    let prior = Prior { mean: vec![-1.4, 0.3], precision: vec![4.0, 0.25] };
    let fit = fit(&[], &[], &prior, &Options::default()).unwrap();
    assert_eq!((fit.coefficients.clone(), fit.iterations, fit.converged), (prior.mean, 0, true));
    assert_eq!(fit.standard_errors(), vec![0.5, 2.0]);
}

#[test]
fn separable_and_one_sided_and_collinear_data_converge() {
    let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![1.0, f64::from(i) - 19.5, f64::from(i) - 19.5]).collect();
    for outcomes in [(0..40).map(|i| i >= 20).collect::<Vec<_>>(), vec![true; 40], vec![false; 40]] {
        for precision in [1e-6, 1.0, 1e6] {
            let fit = fit(&rows, &outcomes, &flat(3, precision), &Options::default()).unwrap();
            assert!(fit.converged, "{precision}: {fit:?}");
            assert!((fit.coefficients[1] - fit.coefficients[2]).abs() < 1e-6, "twins share: {fit:?}");
        }
    }
}

#[test]
fn hostile_input_is_refused_with_its_place() {
    let (prior, options) = (flat(1, 1.0), Options::default());
    let with = |rows: &[Vec<f64>], prior: &Prior| fit(rows, &vec![true; rows.len()], prior, &options);
    assert_eq!(with(&[], &flat(0, 1.0)), Err(FitError::NoColumns));
    assert_eq!(with(&[vec![1.0], vec![]], &prior), Err(FitError::Ragged(1)));
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        assert_eq!(with(&[vec![1.0], vec![bad]], &prior), Err(FitError::Value(1)));
        assert_eq!(with(&[], &Prior { mean: vec![bad], precision: vec![1.0] }), Err(FitError::Prior(0)));
        assert_eq!(with(&[], &Prior { mean: vec![0.0], precision: vec![bad] }), Err(FitError::Prior(0)));
    }
    assert_eq!(with(&[], &flat(1, 0.0)), Err(FitError::Prior(0)));
    assert_eq!(with(&[], &Prior { mean: vec![0.0], precision: vec![] }), Err(FitError::Prior(0)));
    assert_eq!(fit(&[vec![1.0]], &[], &prior, &options), Err(FitError::Lengths { rows: 1, outcomes: 0, weights: 1 }));
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(fit_weighted(&[vec![1.0]], &[true], &[weight], &prior, &options), Err(FitError::Weight(0)));
    }
    let huge = vec![vec![LARGEST, LARGEST]; 1_000];
    let twins = fit(&huge, &(0..1_000).map(|i| i % 2 == 0).collect::<Vec<_>>(), &flat(2, 1e-9), &options);
    assert_eq!(twins, Err(FitError::Singular));
}

fn sample() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<bool>)> {
    prop::collection::vec((prop::collection::vec(-3.0..3.0_f64, 3), any::<bool>()), 0..60).prop_map(|pairs| {
        pairs
            .into_iter()
            .map(|(mut row, outcome)| {
                row[0] = 1.0;
                (row, outcome)
            })
            .unzip()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_score_is_zero_at_the_solution((rows, outcomes) in sample(), precision in 0.01..10.0_f64) {
        let prior = Prior { mean: vec![-1.0, 0.0, 0.5], precision: vec![precision; 3] };
        let fit = fit(&rows, &outcomes, &prior, &Options::default()).unwrap();
        prop_assert!(fit.converged);
        let weights = vec![1.0; rows.len()];
        let data = Data { rows: &rows, outcomes: &outcomes, weights: &weights, prior: &prior };
        let (score, _) = data.score_and_hessian(&fit.coefficients);
        prop_assert!(score.iter().all(|entry| entry.abs() < 1e-8), "{score:?}");
    }

    #[test]
    fn score_and_hessian_agree_with_finite_differences(
        (rows, outcomes) in sample(), beta in prop::collection::vec(-1.0..1.0_f64, 3),
    ) {
        let prior = flat(3, 0.7);
        let weights: Vec<f64> = (0..rows.len()).map(|i| if i % 3 == 0 { 0.5 } else { 2.0 }).collect();
        let data = Data { rows: &rows, outcomes: &outcomes, weights: &weights, prior: &prior };
        let (score, hessian) = data.score_and_hessian(&beta);
        let moved = |j: usize, by: f64| {
            let mut moved = beta.clone();
            moved[j] += by;
            moved
        };
        for j in 0..3 {
            let h = 1e-5;
            let slope = (data.log_posterior(&moved(j, h)) - data.log_posterior(&moved(j, -h))) / (2.0 * h);
            prop_assert!((slope - score[j]).abs() < 1e-4 * (1.0 + score[j].abs()), "{slope} is not {}", score[j]);
            let (up, down) = (data.score_and_hessian(&moved(j, h)).0, data.score_and_hessian(&moved(j, -h)).0);
            for i in j..3 {
                let bend = -(up[i] - down[i]) / (2.0 * h);
                prop_assert!((bend - hessian[i][j]).abs() < 1e-4 * (1.0 + bend.abs()));
            }
        }
    }

    #[test]
    fn a_weight_of_two_is_the_row_twice((rows, outcomes) in sample()) {
        let options = Options::default();
        let weighted = fit_weighted(&rows, &outcomes, &vec![2.0; rows.len()], &flat(3, 1.0), &options).unwrap();
        let twice = fit(&[rows.clone(), rows].concat(), &[outcomes.clone(), outcomes].concat(), &flat(3, 1.0), &options);
        for (one, other) in weighted.coefficients.iter().zip(twice.unwrap().coefficients) {
            prop_assert!((one - other).abs() < 1e-7);
        }
    }

    #[test]
    fn a_stronger_prior_keeps_closer_to_its_mean((rows, outcomes) in sample()) {
        let away = |precision: f64| {
            let fit = fit(&rows, &outcomes, &flat(3, precision), &Options::default()).unwrap();
            fit.coefficients.iter().map(|b| b * b).sum::<f64>()
        };
        prop_assert!(away(10.0) <= away(1.0) + 1e-9 && away(1.0) <= away(0.1) + 1e-9);
    }

    #[test]
    fn the_logit_undoes_the_sigmoid(eta in -25.0..25.0_f64) {
        prop_assert!((logit(sigmoid(eta)) - eta).abs() < 1e-3);
        prop_assert!((sigmoid(eta) + sigmoid(-eta) - 1.0).abs() < 1e-15);
    }
}
