//! When an unanswered invitation is followed up.
//!
//! A day after it was sent, once. The reminder must leave the candidate time to answer, so it never goes out later than
//! two hours before the start. When the interview was booked so late that no reminder fits, a person is asked to call
//! instead: half-way to the start, a task and no mail.

use chrono::{DateTime, TimeDelta, Utc};

/// A reminder goes out no later than so long before the start.
const BEFORE_START: TimeDelta = TimeDelta::hours(2);
/// A reminder goes out no sooner than so long after the invitation.
const AFTER_SENDING: TimeDelta = TimeDelta::hours(2);
/// Nobody has recorded who came, so long after the end.
const AFTER_END: TimeDelta = TimeDelta::hours(1);

/// What is to happen at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Remind, and tell the team.
    Remind = 1,
    /// Tell the team alone.
    Escalate = 2,
    /// Ask who came.
    AskAttendance = 3,
}

impl Kind {
    /// From its number in a row.
    pub fn of(number: i16) -> Option<Self> {
        [Self::Remind, Self::Escalate, Self::AskAttendance].into_iter().find(|kind| *kind as i16 == number)
    }
}

/// The follow-up of an invitation, and when.
pub fn follow_up(sent: DateTime<Utc>, start: DateTime<Utc>, after: TimeDelta) -> Option<(Kind, DateTime<Utc>)> {
    if sent >= start {
        return None;
    }
    let latest = start - BEFORE_START;
    let due = (sent + after).min(latest);
    if due - sent >= AFTER_SENDING.min(after) {
        Some((Kind::Remind, due))
    } else {
        Some((Kind::Escalate, sent + (start - sent) / 2))
    }
}

/// When to ask who came.
pub fn ask_attendance(end: DateTime<Utc>) -> DateTime<Utc> {
    end + AFTER_END
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: TimeDelta = TimeDelta::hours(24);

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hours * 3_600, 0).unwrap()
    }

    #[test]
    fn a_day_later_or_in_good_time_or_by_a_person() {
        assert_eq!(follow_up(at(0), at(96), DAY), Some((Kind::Remind, at(24))));
        assert_eq!(follow_up(at(0), at(20), DAY), Some((Kind::Remind, at(18))));
        assert_eq!(follow_up(at(0), at(3), DAY).unwrap().0, Kind::Escalate);
        assert_eq!(follow_up(at(5), at(3), DAY), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nobody_is_forgotten_and_nobody_hurried(sent in 0_i64..10_000, ahead in 1_i64..100_000, after in 1_i64..2_000) {
            let start = at(0) + TimeDelta::minutes(sent + ahead);
            let sent = at(0) + TimeDelta::minutes(sent);
            let after = TimeDelta::minutes(after);
            let (kind, due) = follow_up(sent, start, after).unwrap();
            prop_assert!(due >= sent && due < start);
            if kind == Kind::Remind {
                prop_assert!(due <= start - BEFORE_START);
                prop_assert!(due <= sent + after);
            }
        }
    }
}
