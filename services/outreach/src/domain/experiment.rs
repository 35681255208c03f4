//! Texts of one kind that are compared: who reads which is drawn at random, once for each person.

use std::collections::BTreeSet;

use chassis::{Error, Result, id};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{ExperimentState, MessageKind};

use super::template::Template;

id!(
    /// An experiment.
    ExperimentId,
    "exp"
);

/// One of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    pub name: String,
    /// The version that it keeps to: `tmpl_…`, or `builtin/interview_invitation.online`.
    pub template_id: String,
    pub weight: i32,
}

/// An experiment. Its arms never change.
#[derive(Debug, Clone)]
pub struct Experiment {
    pub id: ExperimentId,
    pub kind: MessageKind,
    pub display_name: String,
    pub state: ExperimentState,
    pub arms: Vec<Arm>,
    pub create_time: DateTime<Utc>,
    pub start_time: Option<DateTime<Utc>>,
    pub stop_time: Option<DateTime<Utc>>,
}

/// Which arm a person is in, and by which draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub experiment_id: ExperimentId,
    pub arm: String,
    pub draw: f64,
}

impl Experiment {
    /// As it begins.
    pub fn new(kind: MessageKind, display_name: String, arms: Vec<Arm>, now: DateTime<Utc>) -> Self {
        let state = ExperimentState::Draft;
        Self {
            id: ExperimentId::new(),
            kind,
            display_name,
            state,
            arms,
            create_time: now,
            start_time: None,
            stop_time: None,
        }
    }

    /// Begins to draw.
    pub fn start(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.expect(&[ExperimentState::Draft])?;
        self.state = ExperimentState::Running;
        self.start_time = Some(now);
        Ok(())
    }

    /// Ends for good, also when it was never started.
    pub fn stop(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.expect(&[ExperimentState::Draft, ExperimentState::Running])?;
        self.state = ExperimentState::Stopped;
        self.stop_time = Some(now);
        Ok(())
    }

    fn expect(&self, states: &[ExperimentState]) -> Result<()> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let state = self.state.as_str_name().trim_start_matches("EXPERIMENT_STATE_").to_lowercase();
        let error = Error::failed_precondition("EXPERIMENT_STATE", format!("the experiment is {state}"));
        Err(error.hint("other texts, or the same once more, are a new experiment"))
    }

    /// The arm of that name.
    pub fn arm(&self, name: &str) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// The arm of a draw from 0 up to before 1: each has its weight's share of that, in order.
    pub fn drawn(&self, draw: f64) -> Option<&Arm> {
        let all: f64 = self.arms.iter().map(|arm| f64::from(arm.weight)).sum();
        let mut passed = 0.0;
        let hit = self.arms.iter().find(|arm| {
            passed += f64::from(arm.weight);
            draw * all < passed
        });
        hit.or(self.arms.last())
    }
}

/// Refuses arms that can not be compared: two of one name, one that leaves out readers of a language that another one
/// speaks, one that some messages of the kind could not fill.
pub fn check_arms(arms: &[(&str, &Template)]) -> Result<()> {
    let mut names = BTreeSet::new();
    let mut spoken: Option<BTreeSet<&str>> = None;
    for (place, (name, template)) in arms.iter().enumerate() {
        if !names.insert(name) {
            return Err(Error::invalid(format!("arms[{place}].name"), "ARM_TWICE", "is there twice"));
        }
        let field = format!("arms[{place}].template_id");
        let languages = template.variants.iter().map(|variant| variant.language.as_str()).collect();
        if *spoken.get_or_insert_with(|| Clone::clone(&languages)) != languages {
            let what = "speaks other languages than the first arm's, so that what is compared would be readers";
            return Err(Error::invalid(field, "ARM_LANGUAGES_DIFFER", what));
        }
        template.expect_guarded(&field)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn experiment(weights: &[i32]) -> Experiment {
        let arm = |(place, weight): (usize, &i32)| Arm {
            name: format!("arm{place}"),
            template_id: String::new(),
            weight: *weight,
        };
        let arms = weights.iter().enumerate().map(arm).collect();
        Experiment::new(MessageKind::Care, "x".to_owned(), arms, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn it_runs_once() {
        let (mut one, now) = (experiment(&[1, 1]), DateTime::UNIX_EPOCH);
        one.start(now).unwrap();
        assert_eq!(one.start(now).unwrap_err().reason(), "EXPERIMENT_STATE");
        one.stop(now).unwrap();
        assert!(one.start(now).is_err() && one.stop(now).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn each_arm_has_its_weights_share_of_the_draws(weights in prop::collection::vec(1..=20_i32, 2..6)) {
            let one = experiment(&weights);
            let all: i32 = weights.iter().sum();
            let mut counts = vec![0; weights.len()];
            for step in 0..all {
                let arm = one.drawn((f64::from(step) + 0.5) / f64::from(all)).unwrap();
                counts[one.arms.iter().position(|known| known == arm).unwrap()] += 1;
            }
            prop_assert_eq!(counts, weights);
            prop_assert_eq!(one.drawn(0.0), one.arms.first());
            prop_assert_eq!(one.drawn(1.0), one.arms.last(), "no draw is this high, and it harms nobody");
        }
    }
}
