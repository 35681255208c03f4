//! What a forecast promises.

use proptest::prelude::*;

use super::super::encode::tests::usual;
use super::super::known::{Answer, Earlier, Forecast};
use super::super::logistic::logit;
use super::super::model::{Past, tests as histories, train};
use super::super::prior;
use super::*;

fn trained(history: &[Past]) -> Model {
    train(history, &prior::general(), 5, 1, 0).unwrap()
}

#[test]
fn reasons_say_what_is_unusual_in_words() {
    let model = trained(&histories::history(800, 0.25, 1));
    let risk = model.predict(&Known { lead_days: Some(5.0), ..usual() });
    assert_eq!(risk.basis, Basis::OwnHistory);
    let first = risk.reasons.first().unwrap();
    assert_eq!(
        (first.topic, first.value.as_str(), first.direction),
        (Topic::Answer, "not answered yet", Direction::Raises)
    );
    assert_eq!(risk.support.first(), Some(&Support::AskForConfirmation), "{risk:?}");
    let risk = model.predict(&Known { answer: Some(Answer::Confirmed), ..usual() });
    assert_eq!(risk.reasons.first().map(|reason| reason.direction), Some(Direction::Lowers));
}

#[test]
fn the_base_rate_has_no_reasons_and_still_offers_help() {
    let model = trained(&histories::history(600, 0.0, 12));
    let (one, other) = (model.predict(&usual()), model.predict(&Known::default()));
    assert_eq!((one.basis, one.reasons.len()), (Basis::BaseRate, 0));
    assert!((one.probability - f64::from(model.events) / 600.0).abs() < 1e-12 && one.lower < one.probability);
    assert_eq!(one.probability.to_bits(), other.probability.to_bits(), "the same for everybody");
    assert!(one.support.contains(&Support::SendReminder));
}

#[test]
fn general_priors_are_wide_and_point_the_right_way() {
    let model = trained(&[]);
    let usual_risk = model.predict(&usual());
    assert!(
        (usual_risk.probability - 0.198).abs() < 0.001 && usual_risk.upper - usual_risk.lower > 0.5,
        "{usual_risk:?}"
    );
    assert!(usual_risk.reasons.is_empty(), "it is the usual interview");
    let worse =
        Known { earlier: Some(Earlier { attended: 0, missed: 3 }), forecast: Some(Forecast::NotExpected), ..usual() };
    assert!(model.predict(&worse).probability > 0.6);
}

#[test]
fn a_damaged_model_does_not_bring_anything_down() {
    let mut model = trained(&histories::history(300, 0.25, 1));
    model.coefficients.truncate(3);
    model.covariance.truncate(2);
    model.averages.clear();
    assert!(model.predict(&Known::default()).probability.is_finite());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn contributions_add_up_from_the_average_interview(days in 0.0..60.0_f64, messages in 0..9_u32, seed in 0..5_u64) {
        let model = trained(&histories::history(300, 0.25, seed));
        prop_assume!(model.basis == Basis::OwnHistory);
        let known = Known { lead_days: Some(days), messages: Some(messages), ..usual() };
        let mut average = vec![1.0];
        average.extend(&model.averages);
        let start = model.calibration.logit(dot(&average, &model.coefficients));
        let sum: f64 = model.contributions(&known).iter().map(|topic| topic.1).sum();
        let risk = model.predict(&known);
        prop_assert!((start + sum - logit(risk.probability)).abs() < 1e-6);
        prop_assert!(0.0 <= risk.lower && risk.lower <= risk.probability && risk.probability <= risk.upper && risk.upper <= 1.0);
        prop_assert!(risk.reasons.is_sorted_by(|a, b| a.contribution.abs() >= b.contribution.abs()));
    }
}
