//! How things stand after all that happened: moments folded in the order in which they became known.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use usher_proto::ats::v1::Attendance;

use crate::domain::moment::{How, Moment, What};

/// Whose word is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nothing has happened yet.
    #[default]
    Nothing,
    /// The candidate's: will they come?
    Asking,
    /// Nobody's: they will come.
    Settled,
    /// The candidate's: will they take the offer?
    Offered,
    /// The host's: they asked for another time, or they pick one.
    Wanting,
    /// Nobody's any more.
    Over,
}

/// How often a rule was followed, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub times: i32,
    pub last: DateTime<Utc>,
}

/// How things stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub phase: Phase,
    /// When the interview begins, or the offer expires: the end of the time to answer.
    pub start: Option<DateTime<Utc>>,
    /// How often the candidate has been asked about a time of the host's: each is an episode of its own.
    pub ask: i64,
    /// When the last question got to them.
    pub asked: Option<DateTime<Utc>>,
    /// Since when the last question is known not to have got to them.
    pub undelivered: Option<DateTime<Utc>>,
    /// When they first looked, since they were asked.
    pub viewed: Option<DateTime<Utc>>,
    /// When either side last said something.
    pub last_word: Option<DateTime<Utc>>,
    /// When it was recorded that they did not come, while nobody has made another attempt of it.
    pub missed: Option<DateTime<Utc>>,
    done: BTreeMap<(String, i64), Done>,
}

impl Standing {
    /// After all of these.
    pub fn after<'m>(moments: impl IntoIterator<Item = &'m Moment>) -> Self {
        let mut standing = Self::default();
        moments.into_iter().for_each(|moment| standing.apply(moment));
        standing
    }

    /// Whether nothing is going to be followed up, whatever the rules.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Nothing | Phase::Over) && self.missed.is_none()
    }

    /// How often a rule has been followed in an episode.
    pub fn done(&self, rule: &str, episode: i64) -> Option<Done> {
        self.done.get(&(rule.to_owned(), episode)).copied()
    }

    /// And after this one as well.
    pub fn apply(&mut self, moment: &Moment) {
        let time = moment.time;
        match &moment.what {
            What::Scheduled { start } | What::Moved { start } => self.ask_about(Phase::Asking, *start),
            What::OfferSent { expire } => self.ask_about(Phase::Offered, *expire),
            What::Asked { sent } => {
                self.asked = Some(*sent);
                self.undelivered = None;
                self.say(*sent);
            }
            What::Undelivered { .. } => self.undelivered = Some(time),
            What::Told { sent, .. } => self.say(*sent),
            What::Viewed => {
                self.viewed.get_or_insert(time);
            }
            What::Confirmed => self.go(Phase::Settled, time),
            What::OtherTimeRequested => self.go(Phase::Wanting, time),
            What::TimeTaken { start } => {
                self.start = Some(*start);
                self.go(Phase::Settled, time);
            }
            What::Declined | What::Cancelled | What::OfferAnswered | What::OfferRescinded | What::OfferExpired => {
                self.go(Phase::Over, time);
            }
            What::TimesOffered { .. } => {}
            What::Attendance { attendance } => {
                self.go(Phase::Over, time);
                self.missed = (*attendance == i32::from(Attendance::CandidateNoShow)).then_some(time);
            }
            What::Retried => self.missed = None,
            What::ApplicationEnded => {
                self.go(Phase::Over, time);
                self.missed = None;
            }
            What::FollowedUp { rule, episode, how, .. } => {
                let times = self.done(rule, *episode).map_or(0, |done| done.times) + 1;
                self.done.insert((rule.clone(), *episode), Done { times, last: time });
                if *how == How::Sent {
                    self.say(time);
                }
            }
        }
    }

    fn ask_about(&mut self, phase: Phase, start: DateTime<Utc>) {
        self.phase = phase;
        self.start = Some(start);
        self.ask += 1;
        (self.asked, self.undelivered, self.viewed) = (None, None, None);
    }

    fn go(&mut self, phase: Phase, time: DateTime<Utc>) {
        self.phase = phase;
        self.say(time);
    }

    fn say(&mut self, time: DateTime<Utc>) {
        self.last_word = self.last_word.max(Some(time));
    }
}
