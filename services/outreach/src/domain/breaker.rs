//! A way out that fails is left alone for a while instead of being hammered.
//!
//! Closed, everything goes. After some failures in a row that another try could mend, it opens: nothing goes until a pause
//! is over. Then one message goes to see (half-open): when it is taken the breaker closes, when it is not the pause
//! doubles. A refusal for good says nothing about the way out: the other side is there and answers.

use chrono::{DateTime, TimeDelta, Utc};

const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// The one that went to see may be lost; after so long another one goes.
const SEEING: TimeDelta = TimeDelta::seconds(60);
/// Meanwhile the others come back every so often: it is mostly seen at once.
const GLANCE: TimeDelta = TimeDelta::seconds(1);

/// When it opens, and for how long at first.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// So many failures in a row open it; 0 means never.
    pub failures: u32,
    pub pause: TimeDelta,
}

/// How many may go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    All,
    /// One, to see.
    One,
    /// None before this.
    Wait(DateTime<Utc>),
}

/// What is remembered of one way out.
#[derive(Debug)]
pub struct Breaker {
    rule: Rule,
    failures: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: DateTime<Utc>, pause: TimeDelta },
    HalfOpen { since: DateTime<Utc>, pause: TimeDelta },
}

impl Breaker {
    /// Closed.
    pub fn new(rule: Rule) -> Self {
        Self { rule, failures: 0, state: State::Closed }
    }

    /// How many may go now. [`Admission::One`] is said once: whoever is told so sends one.
    pub fn admit(&mut self, now: DateTime<Utc>) -> Admission {
        let (until, back, pause) = match self.state {
            State::Closed => return Admission::All,
            State::Open { until, pause } => (until, until, pause),
            State::HalfOpen { since, pause } => (since + SEEING, now + GLANCE, pause),
        };
        if now < until {
            return Admission::Wait(back);
        }
        self.state = State::HalfOpen { since: now, pause };
        Admission::One
    }

    /// The other side answered.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.state = State::Closed;
    }

    /// It failed in a way that another try may mend.
    pub fn failed(&mut self, now: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        let pause = match self.state {
            State::HalfOpen { pause, .. } => (pause * 2).min(LONGEST),
            State::Closed if self.rule.failures > 0 && self.failures >= self.rule.failures => self.rule.pause,
            State::Closed | State::Open { .. } => return,
        };
        self.state = State::Open { until: now + pause, pause };
    }

    /// 0 closed, 1 half-open, 2 open.
    pub fn level(&self) -> i64 {
        match self.state {
            State::Closed => 0,
            State::HalfOpen { .. } => 1,
            State::Open { .. } => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: Rule = Rule { failures: 3, pause: TimeDelta::seconds(10) };

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_000_000, 0).unwrap()
    }

    fn open(now: DateTime<Utc>) -> Breaker {
        let mut breaker = Breaker::new(RULE);
        (0..3).for_each(|_| breaker.failed(now));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_success_between_them_does_not() {
        let now = start();
        let mut breaker = Breaker::new(RULE);
        for _ in 0..5 {
            breaker.failed(now);
            breaker.failed(now);
            breaker.succeeded();
        }
        assert_eq!(breaker.admit(now), Admission::All);
        assert_eq!(open(now).admit(now), Admission::Wait(now + RULE.pause));
    }

    #[test]
    fn one_goes_to_see_and_decides() {
        let now = start() + RULE.pause;
        let mut breaker = open(start());
        assert_eq!(breaker.admit(now), Admission::One);
        assert_eq!(breaker.admit(now), Admission::Wait(now + GLANCE));
        breaker.failed(now);
        assert_eq!(breaker.admit(now), Admission::Wait(now + RULE.pause * 2));
        let now = now + RULE.pause * 2;
        assert_eq!(breaker.admit(now), Admission::One);
        breaker.succeeded();
        assert_eq!((breaker.admit(now), breaker.level()), (Admission::All, 0));
    }

    #[test]
    fn one_that_is_lost_makes_room_for_another() {
        let now = start() + RULE.pause;
        let mut breaker = open(start());
        assert_eq!(breaker.admit(now), Admission::One);
        assert_eq!(breaker.admit(now + SEEING), Admission::One);
    }

    #[test]
    fn a_rule_of_none_never_opens() {
        let mut breaker = Breaker::new(Rule { failures: 0, ..RULE });
        (0..100).for_each(|_| breaker.failed(start()));
        assert_eq!(breaker.admit(start()), Admission::All);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever happens, it never stays shut: after the longest pause somebody may go.
        #[test]
        fn it_never_stays_shut(steps in proptest::collection::vec((0..3_u8, 0..400_i64), 0..60)) {
            let mut now = start();
            let mut breaker = Breaker::new(RULE);
            for (step, seconds) in steps {
                now += TimeDelta::seconds(seconds);
                match step {
                    0 => breaker.failed(now),
                    1 => breaker.succeeded(),
                    _ => drop(breaker.admit(now)),
                }
            }
            let later = now + LONGEST.max(SEEING);
            prop_assert!(!matches!(breaker.admit(later), Admission::Wait(_)));
        }
    }
}
