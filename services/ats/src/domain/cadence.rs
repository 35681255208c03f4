//! When silence is followed up, and how.
//!
//! Two things can fall silent. An invitation is sent and nobody answers: [`TimerKind::FollowUp`]. An interview is over and
//! nobody says how it went: [`TimerKind::Conclude`]. Each is one durable timer per interview; [`Cadence`] says when it is due,
//! and, when it goes off, what is right at that moment. The two are apart because the moment may come late, after a
//! night without power or a clock that jumped.
//!
//! # The unanswered invitation
//! It is reminded of once, 24 hours (`remind_after`) after it was *sent*; a day in a queue is not the candidate's
//! silence. A reminder that leaves no time to answer is worse than none, so it goes out no later than two hours before
//! the start (`before_start`), and earlier than planned where the day would end there. It also goes out no sooner than
//! two hours after the invitation (`after_sending`): two mails in one hour are noise. Where no moment is both, because
//! the interview was booked for soon, no mail goes out: a person is asked to call, half-way to the start. Since that
//! half-way point lies within `before_start`, a timer need not remember which of the two was planned; the time at which
//! it goes off decides. So whoever is invited before the start is followed up before the start, by mail or by a person,
//! and after the start [`TimerKind::Conclude`] takes over.
//!
//! # The interview that nobody concludes
//! An hour after its end somebody is asked who came. Who had asked for another time is not asked after at the old one:
//! when the last offered time passes untaken, new ones are asked for.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use usher_proto::ats::v1::InterviewState;

use super::interview::Interview;
#[cfg(doc)]
use super::timer::TimerKind;

/// The rule by which silence is followed up.
#[derive(Debug, Clone, Copy)]
pub struct Cadence {
    /// An invitation that is unanswered for so long is reminded of.
    pub remind_after: TimeDelta,
    /// No reminder goes out later than so long before the start,
    pub before_start: TimeDelta,
    /// nor sooner than so long after the invitation.
    pub after_sending: TimeDelta,
    /// So long after its end an interview should be concluded.
    pub after_end: TimeDelta,
}

/// What is right when a timer goes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Its cause has gone away.
    Nothing,
    /// Remind the candidate, and tell the team.
    Remind,
    /// Tell the team alone: it is too late for a mail.
    Call,
    /// Ask the team for other times.
    OfferTimes,
    /// Ask the team who came.
    AskAttendance,
}

impl Cadence {
    /// The house's rule, but for how long an answer is waited for.
    pub fn new(remind_after: TimeDelta) -> Self {
        Self {
            remind_after,
            before_start: TimeDelta::hours(2),
            after_sending: TimeDelta::hours(2),
            after_end: TimeDelta::hours(1),
        }
    }

    /// When an invitation is followed up; never when it was sent after the start.
    pub fn follow_up(&self, sent: DateTime<Utc>, start: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if sent >= start {
            return None;
        }
        let remind = (sent + self.remind_after).min(start - self.before_start);
        let soonest = sent + self.after_sending.min(self.remind_after);
        Some(if remind >= soonest { remind } else { halfway(sent, start) })
    }

    /// When an interview should have been concluded.
    pub fn conclude(&self, interview: &Interview) -> DateTime<Utc> {
        let last_offer = interview.offered_times.iter().max().copied();
        match (interview.state, last_offer) {
            (InterviewState::OtherTimeRequested, Some(last)) => {
                interview.hold_until.map_or(last, |until| until.min(last))
            }
            _ => interview.end() + self.after_end,
        }
    }

    /// What is right now that the invitation has been silent for so long.
    pub fn on_silence(&self, interview: &Interview, now: DateTime<Utc>) -> Act {
        if !interview.awaits_answer(now) {
            return Act::Nothing;
        }
        if now <= interview.start_time - self.before_start { Act::Remind } else { Act::Call }
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
}

/// The middle of two instants, to the microsecond, as it is kept: what is answered and what is read later are equal.
pub fn halfway(from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    (from + (to - from) / 2).trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::interview::tests::sample;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hours * 3_600, 0).unwrap()
    }

    fn day() -> Cadence {
        Cadence::new(TimeDelta::hours(24))
    }

    fn starting(start: DateTime<Utc>) -> Interview {
        Interview { start_time: start, ..sample(at(0)) }
    }

    #[test]
    fn a_day_later_or_in_good_time_or_by_a_person() {
        for (start, due, act) in [(96, 24, Act::Remind), (20, 18, Act::Remind), (4, 2, Act::Remind), (2, 1, Act::Call)]
        {
            assert_eq!(day().follow_up(at(0), at(start)), Some(at(due)), "start {start}");
            assert_eq!(day().on_silence(&starting(at(start)), at(due)), act, "start {start}");
        }
        assert_eq!(day().follow_up(at(5), at(3)), None);
    }

    #[test]
    fn a_timer_that_goes_off_late_does_what_is_right_by_then() {
        let interview = starting(at(96));
        let acts = [94, 95, 96].map(|hour| day().on_silence(&interview, at(hour)));
        assert_eq!(acts, [Act::Remind, Act::Call, Act::Nothing]);
    }

    #[test]
    fn who_asked_for_another_time_is_not_asked_after_at_the_old_one() {
        let interview = Interview { state: InterviewState::OtherTimeRequested, ..sample(at(0)) };
        let last = *interview.offered_times.iter().max().unwrap();
        assert_eq!(day().conclude(&interview), last);
        assert_eq!(Cadence::on_end(&interview), Act::OfferTimes);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nobody_is_forgotten_and_nobody_hurried(sent in 0_i64..10_000, ahead in 1_i64..100_000, after in 1_i64..2_000) {
            let cadence = Cadence::new(TimeDelta::minutes(after));
            let (sent, start) = (at(0) + TimeDelta::minutes(sent), at(0) + TimeDelta::minutes(sent + ahead));
            let due = cadence.follow_up(sent, start).unwrap();
            prop_assert!(due >= sent && due < start);
            match cadence.on_silence(&starting(start), due) {
                Act::Remind => {
                    prop_assert!(due <= start - cadence.before_start);
                    prop_assert!(due <= sent + cadence.remind_after);
                    prop_assert!(due >= sent + cadence.after_sending.min(cadence.remind_after));
                }
                act => prop_assert_eq!(act, Act::Call),
            }
        }
    }
}
