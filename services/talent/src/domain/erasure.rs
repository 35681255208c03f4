//! A person is forgotten: which services have to, and how far each is.
//!
//! Every service is asked twice. After the first round nobody writes anything new about the person; what was on its way
//! meanwhile, such as an event that the relay had in hand, is found in the second. So the second begins when the first has
//! ended everywhere, and an answer counts for the round in which it was asked for: two processes that ask at once, since
//! one has lost its lease, make no second round of the first.

use chassis::id;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::candidate::CandidateId;

id!(
    /// A person who is forgotten.
    ErasureId,
    "erase"
);

/// The services that keep something about people, in the order in which they are asked.
pub const SERVICES: [&str; 4] = ["talent", "ats", "outreach", "analytics"];
/// How often each is asked.
const ROUNDS: u8 = 2;
/// From the first round to the second: longer than anything is on its way.
pub const SETTLE: TimeDelta = TimeDelta::seconds(5);
/// The longest that a service that does not answer is left in peace.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// One person's erasure.
#[derive(Debug, Clone, PartialEq)]
pub struct Erasure {
    pub id: ErasureId,
    pub candidate: CandidateId,
    pub event_id: Uuid,
    pub reason: String,
    pub actor: String,
    pub progress: Progress,
    /// Empty until it is done.
    pub receipt: String,
    pub request_time: DateTime<Utc>,
    pub finish_time: Option<DateTime<Utc>>,
}

/// How far the services are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress(pub Vec<Step>);

/// How far one service is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    pub service: String,
    /// How many rounds it has answered.
    pub rounds: u8,
    pub answer_time: Option<DateTime<Utc>>,
    pub stores: Vec<Store>,
    /// How often it was asked in vain since it answered last.
    pub failures: u32,
    pub failure_reason: String,
}

/// How much one store has forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    pub name: String,
    pub count: i64,
    pub time: DateTime<Utc>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// These are to be asked, in that round.
    Ask(u8, Vec<String>),
    /// Everybody has answered every time.
    Finish,
}

impl Progress {
    /// As it begins: the pool has forgotten, and nobody has been asked.
    pub fn begun(pool: Vec<(String, i64)>, now: DateTime<Utc>) -> Self {
        let steps = SERVICES.map(|service| Step { service: service.to_owned(), ..Step::default() });
        let mut progress = Self(steps.into());
        progress.0[0].add(pool, now);
        progress
    }

    /// Whom to ask, or that there is nobody left to.
    pub fn next(&self) -> Next {
        let round = self.round();
        if round >= ROUNDS {
            return Next::Finish;
        }
        let waiting = self.0.iter().filter(|step| step.rounds == round);
        Next::Ask(round, waiting.map(|step| step.service.clone()).collect())
    }

    /// The rounds that everybody has answered.
    fn round(&self) -> u8 {
        self.0.iter().map(|step| step.rounds).min().unwrap_or(ROUNDS)
    }

    /// A service that was asked in that round has forgotten. What it has forgotten counts in any case.
    pub fn heard(&mut self, service: &str, round: u8, stores: Vec<(String, i64)>, now: DateTime<Utc>) {
        let Some(step) = self.step(service) else { return };
        step.add(stores, now);
        if step.rounds != round {
            return;
        }
        step.rounds = round.saturating_add(1);
        step.answer_time = Some(now);
        step.failures = 0;
        step.failure_reason.clear();
    }

    /// A service that was asked in that round could not.
    pub fn failed(&mut self, service: &str, round: u8, reason: &str) {
        let Some(step) = self.step(service).filter(|step| step.rounds == round) else { return };
        step.failures = step.failures.saturating_add(1);
        reason.clone_into(&mut step.failure_reason);
    }

    fn step(&mut self, service: &str) -> Option<&mut Step> {
        self.0.iter_mut().find(|step| step.service == service)
    }

    /// When to go on: soon after a failure, later after many; and after a round, when what was on its way has come.
    pub fn pause(&self) -> TimeDelta {
        match self.0.iter().map(|step| step.failures).max().unwrap_or_default() {
            0 if self.round() == 1 => SETTLE,
            0 => TimeDelta::zero(),
            failures => TimeDelta::seconds(1 << failures.min(9)).min(LONGEST_PAUSE),
        }
    }
}

impl Step {
    fn add(&mut self, stores: Vec<(String, i64)>, now: DateTime<Utc>) {
        for (name, count) in stores {
            match self.stores.iter_mut().find(|store| store.name == name) {
                Some(store) => {
                    store.count = store.count.saturating_add(count);
                    store.time = now;
                }
                None => self.stores.push(Store { name, count, time: now }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(store: &str, count: i64) -> Vec<(String, i64)> {
        vec![(store.to_owned(), count)]
    }

    #[test]
    fn everybody_is_asked_twice_and_nobody_a_third_time() {
        let now = DateTime::UNIX_EPOCH;
        let mut progress = Progress::begun(count("candidates", 1), now);
        for round in 0..ROUNDS {
            for service in SERVICES {
                let Next::Ask(asked_in, asked) = progress.next() else { panic!("round {round} asks nobody") };
                assert!(asked_in == round && asked.contains(&service.to_owned()));
                progress.heard(service, round, count("rows", 2), now);
            }
            assert_eq!(progress.pause(), if round == 0 { SETTLE } else { TimeDelta::zero() });
        }
        assert_eq!(progress.next(), Next::Finish);
        let counted: Vec<_> = progress.0[0].stores.iter().map(|store| (store.name.as_str(), store.count)).collect();
        assert_eq!(counted, [("candidates", 1), ("rows", 4)], "rounds add up");
    }

    #[test]
    fn who_fails_is_asked_again_alone_and_ever_more_rarely() {
        let now = DateTime::UNIX_EPOCH;
        let mut progress = Progress::begun(Vec::new(), now);
        for service in ["talent", "outreach", "analytics"] {
            progress.heard(service, 0, Vec::new(), now);
        }
        let mut last = TimeDelta::zero();
        for _ in 0..20 {
            progress.failed("ats", 0, "UNAVAILABLE");
            assert_eq!(progress.next(), Next::Ask(0, vec!["ats".to_owned()]));
            assert!(progress.pause() >= last && progress.pause() <= LONGEST_PAUSE);
            last = progress.pause();
        }
        progress.heard("ats", 0, Vec::new(), now);
        assert_eq!(progress.pause(), SETTLE);
        assert_eq!(progress.0[1].failure_reason, "");
    }

    #[test]
    fn two_who_ask_at_once_make_one_round() {
        let now = DateTime::UNIX_EPOCH;
        let mut progress = Progress::begun(Vec::new(), now);
        for service in SERVICES {
            // The other one's answer comes after, with what it has found.
            progress.heard(service, 0, count("rows", 2), now);
            progress.heard(service, 0, count("rows", 1), now);
            progress.failed(service, 0, "UNAVAILABLE");
        }
        let everybody = SERVICES.map(str::to_owned).to_vec();
        assert_eq!(progress.next(), Next::Ask(1, everybody), "the second round has yet to come");
        assert_eq!(progress.pause(), SETTLE, "and nobody has failed in it");
        assert!(progress.0.iter().all(|step| step.stores[0].count == 3), "nothing that was forgotten is lost");
    }
}
