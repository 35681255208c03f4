//! What training promises. The histories are invented by a small generator of pseudo-random numbers.

use proptest::prelude::*;

use super::super::encode::tests::usual;
use super::super::known::{Answer, Weekday};
use super::super::prior;
use super::*;

/// Numbers between 0 and 1: S. Vigna's `SplitMix64`.
pub fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
}

/// Half of the interviews are confirmed; of these few are missed, if `told` is what confirming tells.
pub fn history(n: i64, told: f64, seed: u64) -> Vec<Past> {
    let mut state = seed;
    (0..n)
        .map(|day| {
            let confirmed = random(&mut state) < 0.5;
            let answer = Some(if confirmed { Answer::Confirmed } else { Answer::Nothing });
            let lead_days = Some(10.0 * random(&mut state));
            let chance = if confirmed { 0.3 - told } else { 0.3 + told };
            let known = Known { answer, lead_days, weekday: Some(Weekday::Friday), ..usual() };
            Past { known, missed: random(&mut state) < chance, start: day * 86_400 }
        })
        .collect()
}

fn trained(history: &[Past]) -> Model {
    train(history, &prior::general(), 5, 7, 1_800_000_000).unwrap()
}

#[test]
fn a_new_tenant_gets_the_general_priors_and_is_told_so() {
    let model = trained(&[]);
    assert_eq!(model.coefficients, prior::general().mean);
    assert_eq!((model.basis, model.evaluation.is_none(), model.period), (Basis::GeneralPriors, true, None));
    assert_eq!((model.version, model.trained_at, model.n, model.events), (7, 1_800_000_000, 0, 0));
}

#[test]
fn own_history_takes_over_as_it_grows() {
    let weight = |n| {
        let model = trained(&history(n, 0.25, 1));
        model.coefficients[1 + Feature::ALL.iter().position(|f| *f == Feature::AnswerConfirmed).unwrap()]
    };
    // ln(0.05/0.95) − ln(0.55/0.45) = −3.15 is the truth, −0.7 the prior.
    let (none, some, many) = (weight(0), weight(200), weight(4_000));
    assert!(none > some && some > many, "{none} {some} {many}");
    assert!((many + 3.15).abs() < 0.35, "{many}");
}

#[test]
fn a_model_that_helps_is_used_and_one_that_does_not_falls_back() {
    let model = trained(&history(600, 0.25, 2));
    assert_eq!(model.basis, Basis::OwnHistory);
    let evaluation = model.evaluation.unwrap();
    assert!(evaluation.skill.lower > 0.1 && evaluation.auc.unwrap().lower > 0.65, "{evaluation:?}");
    let line = evaluation.line.unwrap();
    assert!(line.slope.lower < 1.0 && 1.0 < line.slope.upper, "{line:?}");
    for seed in 10..20 {
        let model = trained(&history(600, 0.0, seed));
        assert_eq!(model.basis, Basis::BaseRate, "{:?}", model.evaluation);
    }
}

#[test]
fn the_order_of_the_history_does_not_matter() {
    let mut history = history(300, 0.2, 3);
    let one = trained(&history);
    history.reverse();
    let other = trained(&history);
    assert_eq!((one.basis, one.n, one.events, one.period), (other.basis, other.n, other.events, other.period));
    for (a, b) in one.coefficients.iter().zip(&other.coefficients) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn hostile_histories_train() {
    let everybody =
        |missed| history(300, 0.2, 4).into_iter().map(move |past| Past { missed, ..past }).collect::<Vec<_>>();
    for history in [everybody(true), everybody(false)] {
        let model = trained(&history);
        assert_eq!(model.basis, Basis::GeneralPriors, "one outcome alone can not be judged");
        assert!(model.coefficients.iter().all(|b| b.is_finite()));
    }
    let broken = Known { lead_days: Some(f64::NAN), hours_since_message: Some(f64::INFINITY), ..Known::default() };
    let past = Past { known: broken, missed: true, start: i64::MIN };
    assert_eq!(trained(&[past, Past { start: i64::MAX, ..past }]).n, 2);
    let short = Prior { mean: vec![0.0], precision: vec![1.0] };
    assert_eq!(train(&[past], &short, 5, 1, 0), Err(FitError::Ragged(0)));
}

#[test]
fn a_model_survives_being_stored() {
    let model = trained(&history(200, 0.2, 5));
    let text = serde_json::to_string(&model).unwrap();
    let back: Model = serde_json::from_str(&text).unwrap();
    for (a, b) in model.coefficients.iter().zip(&back.coefficients) {
        assert!((a - b).abs() < 1e-12);
    }
    assert_eq!((back.features, back.basis), (model.features, model.basis));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn training_never_fails(n in 0..120_i64, told in 0.0..0.3_f64, seed in any::<u64>(), blocks in 0..12_usize) {
        let history = history(n, told, seed);
        let model = train(&history, &prior::general(), blocks, 1, 0).unwrap();
        prop_assert!(model.standard_errors.iter().all(|error| error.is_finite() && *error > 0.0));
    }
}
