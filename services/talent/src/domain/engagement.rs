//! How a person answers when they are asked.
//!
//! Counted from what the services tell: how often somebody was asked for an answer, answered, came to an interview, or
//! did not come. The figure is a rate with one answer of either kind assumed beforehand (Laplace's rule of succession), in
//! which coming weighs twice as much as answering: `(answered + 2 came + 1) / (asked + 2 came + 2 missed + 2)`. So nobody
//! stands at the end of a list for being new, and one no-show does not outweigh ten interviews.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Interviews of long ago that are kept. Whoever has more is no candidate but a test.
const PAST: usize = 50;

/// What one service has told of a person, or several have together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Engagement {
    /// When the person last did something themselves, but for what was told of long ago; see [`Engagement::last_activity`].
    last_activity: Option<DateTime<Utc>>,
    /// When they came to interviews of which was told long after, so that it can be taken back.
    past: Vec<DateTime<Utc>>,
    pub asked: u32,
    pub answered: u32,
    pub came: u32,
    pub missed: u32,
}

/// Something that says how a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// They were asked for an answer.
    Asked,
    /// They answered, whatever the answer was.
    Answered(DateTime<Utc>),
    /// They came to an interview.
    Came(DateTime<Utc>),
    /// They did not come, and said nothing.
    Missed,
    /// They came to an interview long ago.
    CameOnce(DateTime<Utc>),
    /// That was wrong.
    NeverCame(DateTime<Utc>),
    /// It was wrong that they came.
    DidNotCome,
    /// It was wrong that they did not.
    DidNotMiss,
    /// They did something else of their own accord.
    Acted(DateTime<Utc>),
}

impl Engagement {
    /// Takes in a sign.
    pub fn hear(&mut self, sign: Sign) {
        match sign {
            Sign::Asked => self.asked = self.asked.saturating_add(1),
            Sign::Answered(time) => {
                self.answered = self.answered.saturating_add(1);
                self.act(time);
            }
            Sign::Came(time) => {
                self.came = self.came.saturating_add(1);
                self.act(time);
            }
            Sign::Missed => self.missed = self.missed.saturating_add(1),
            Sign::CameOnce(time) => {
                self.came = self.came.saturating_add(1);
                if self.past.len() < PAST {
                    self.past.push(time);
                }
            }
            Sign::NeverCame(time) => {
                self.came = self.came.saturating_sub(1);
                if let Some(place) = self.past.iter().position(|past| *past == time) {
                    self.past.remove(place);
                }
            }
            Sign::DidNotCome => self.came = self.came.saturating_sub(1),
            Sign::DidNotMiss => self.missed = self.missed.saturating_sub(1),
            Sign::Acted(time) => self.act(time),
        }
    }

    /// When the person last did something themselves.
    pub fn last_activity(&self) -> Option<DateTime<Utc>> {
        self.last_activity.max(self.past.iter().copied().max())
    }

    /// Puts together what two services have told.
    pub fn and(self, other: Self) -> Self {
        Self {
            last_activity: self.last_activity.max(other.last_activity),
            past: [self.past, other.past].concat(),
            asked: self.asked.saturating_add(other.asked),
            answered: self.answered.saturating_add(other.answered),
            came: self.came.saturating_add(other.came),
            missed: self.missed.saturating_add(other.missed),
        }
    }

    /// The figure, in per cent; 50 of somebody of whom nothing is known.
    pub fn percent(&self) -> u8 {
        let twice = |count: u32| 2 * u64::from(count);
        let good = u64::from(self.answered) + twice(self.came) + 1;
        let all = u64::from(self.asked) + twice(self.came) + twice(self.missed) + 2;
        // Somebody can answer more often than they were asked.
        u8::try_from((100 * good / all).min(100)).unwrap_or(100)
    }

    fn act(&mut self, time: DateTime<Utc>) {
        self.last_activity = self.last_activity.max(Some(time));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(signs: &[Sign]) -> Engagement {
        let mut engagement = Engagement::default();
        for sign in signs {
            engagement.hear(*sign);
        }
        engagement
    }

    #[test]
    fn answers_raise_and_silence_lowers_the_figure() {
        let at = DateTime::UNIX_EPOCH;
        assert_eq!(heard(&[]).percent(), 50);
        assert_eq!(heard(&[Sign::Asked]).percent(), 33);
        assert_eq!(heard(&[Sign::Asked, Sign::Answered(at)]).percent(), 66);
        assert_eq!(heard(&[Sign::Came(at)]).percent(), 75);
        assert_eq!(heard(&[Sign::Missed]).percent(), 25);
        assert_eq!(heard(&[Sign::Answered(at); 9]).percent(), 100);
        assert_eq!(heard(&[Sign::Missed, Sign::DidNotMiss, Sign::Came(at)]), heard(&[Sign::Came(at)]));
    }

    #[test]
    fn the_last_activity_is_the_latest_of_the_persons_own() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let engagement = heard(&[Sign::Answered(at(5)), Sign::Acted(at(3)), Sign::Asked, Sign::Missed]);
        assert_eq!(engagement.last_activity(), Some(at(5)));
        assert_eq!(engagement.and(heard(&[Sign::Came(at(7))])).last_activity(), Some(at(7)));
    }

    #[test]
    fn what_was_told_of_long_ago_can_be_taken_back() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let mut engagement = heard(&[Sign::CameOnce(at(3)), Sign::CameOnce(at(7)), Sign::Acted(at(5))]);
        assert_eq!((engagement.came, engagement.last_activity()), (2, Some(at(7))));
        engagement.hear(Sign::NeverCame(at(7)));
        assert_eq!((engagement.came, engagement.last_activity()), (1, Some(at(5))));
        engagement.hear(Sign::NeverCame(at(3)));
        assert_eq!(engagement, heard(&[Sign::Acted(at(5))]));
    }
}
