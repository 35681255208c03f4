//! When silence is followed up, and how.
//!
//! [`Rule`]s say it as data: a trigger, a delay counted from it or towards the start, how often at most, and whether a
//! message goes out by itself or somebody is asked to act. What happened with an interview is kept as
//! [`Moment`](super::moment::Moment)s; folded they are a [`Standing`], from which the [`engine`] tells when each rule is
//! due. One durable timer per interview or offer ([`TimerKind::FollowUp`], [`TimerKind::OfferFollowUp`]) waits for whichever comes first. It is set anew after
//! everything that happens, so that an answer, another time or a cancellation needs no rule of its own to stop what was
//! planned: it is no longer due. What was done is a moment as well, with its rule, episode and count, so that nothing is
//! done twice, whatever restarts or clocks do.
//!
//! # The unanswered invitation
//! It is followed up counted from its *sending*; a day in a queue is not the candidate's silence. A reminder that leaves
//! no time to answer is worse than none, so it goes out no later than two hours before the start, and earlier than
//! planned where the delay would end there. It also goes out no sooner than two hours after the last word: two mails in
//! one hour are noise. Where no moment is both, because the interview was booked for soon, no mail goes out: a person is
//! asked to call, half-way to the start. So whoever is invited before the start is followed up before the start, by mail
//! or by a person, and after the start [`TimerKind::Conclude`] takes over.
//!
//! # The interview that is coming up
//! Whoever confirmed is reminded some days before, unless they have just said or heard so: an interview that is booked
//! within a rule's window is not reminded of by that rule.
//!
//! # The offer that is unanswered
//! It is followed up like an invitation, with its expiry in the place of the start.
//!
//! # The interview that nobody concludes
//! An hour after its end somebody is asked who came. Who had asked for another time is not asked after at the old one:
//! when the last offered time passes untaken, new ones are asked for.

pub mod engine;
pub mod rule;
pub mod standing;
#[cfg(test)]
mod tests;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use usher_proto::ats::v1::InterviewState;

pub use self::{
    engine::{Due, follow, next, rehearse},
    rule::Rule,
    standing::Standing,
};
#[cfg(doc)]
use super::timer::TimerKind;
use super::{interview::Interview, settings::Settings};

/// How the house follows up where a tenant has not said.
#[derive(Debug, Clone, Copy)]
pub struct Cadence {
    /// An invitation that is unanswered for so long is reminded of.
    remind_after: TimeDelta,
}

/// So long after its end an interview should be concluded.
const AFTER_END: TimeDelta = TimeDelta::hours(1);

/// What is right when nobody has concluded an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Its cause has gone away.
    Nothing,
    /// Ask the team for other times.
    OfferTimes,
    /// Ask the team who came.
    AskAttendance,
}

impl Cadence {
    /// The house's rule, but for how long an answer is waited for.
    pub fn new(remind_after: TimeDelta) -> Self {
        Self { remind_after }
    }

    /// The rules that a tenant follows.
    pub fn rules(&self, settings: &Settings) -> Vec<Rule> {
        settings.cadences.clone().unwrap_or_else(|| rule::usual(self.remind_after))
    }
}

/// When an interview should have been concluded.
pub fn conclude(interview: &Interview) -> DateTime<Utc> {
    let last_offer = interview.offered_times.iter().max().copied();
    match (interview.state, last_offer) {
        (InterviewState::OtherTimeRequested, Some(last)) => interview.hold_until.map_or(last, |until| until.min(last)),
        _ => interview.end() + AFTER_END,
    }
}

/// What is right now that nobody has concluded the interview.
pub fn on_end(interview: &Interview) -> Act {
    match interview.state {
        InterviewState::Scheduled | InterviewState::Confirmed => Act::AskAttendance,
        InterviewState::OtherTimeRequested => Act::OfferTimes,
        InterviewState::Declined
        | InterviewState::Cancelled
        | InterviewState::Concluded
        | InterviewState::Unspecified => Act::Nothing,
    }
}

/// The middle of two instants, to the microsecond, as it is kept: what is answered and what is read later are equal.
pub fn halfway(from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    (from + (to - from) / 2).trunc_subsecs(6)
}
