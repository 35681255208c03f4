//! How often a person is written to, over all channels.
//!
//! What nobody asked for is limited; what is said of an application is counted, and stopped only where so much is sent
//! that a program must have run wild. What waits to be sent counts as well, for the moment at which it is to go.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Ruling, nature::Nature, policy::Policy};

/// The longest window.
pub const LONGEST: TimeDelta = TimeDelta::days(30);
/// The window of what is counted whatever it is about.
pub const DAY: TimeDelta = TimeDelta::days(1);
const WEEK: TimeDelta = TimeDelta::days(7);

/// When a person was written to, or is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Messages of every kind, of the last day and to come.
    pub all: Vec<DateTime<Utc>>,
    /// Those that nobody asked for, of the last 30 days and to come.
    pub marketing: Vec<DateTime<Utc>>,
}

impl Contacts {
    /// One more, which is to go then.
    pub fn note(&mut self, time: DateTime<Utc>, is_marketing: bool) {
        self.all.push(time);
        if is_marketing {
            self.marketing.push(time);
        }
    }
}

/// Whether one more is not one too many.
pub fn rule(nature: Nature, contacts: &Contacts, policy: &Policy, now: DateTime<Utc>) -> Ruling {
    let caps = &policy.caps;
    let mut limits = vec![(&contacts.all, caps.safety_per_day, DAY, "of whatever kind within a day (safety limit)")];
    if nature.is_marketing {
        limits.push((&contacts.all, caps.total_per_day, DAY, "of whatever kind within a day"));
        limits.push((&contacts.marketing, caps.marketing_per_7_days, WEEK, "about openings and of care within 7 days"));
        limits.push((
            &contacts.marketing,
            caps.marketing_per_30_days,
            LONGEST,
            "about openings and of care within 30 days",
        ));
    }
    let waits = limits.into_iter().filter_map(|(times, cap, window, words)| {
        let until = free_from(times, cap, window, now)?;
        Some((until, format!("the person gets at most {cap} messages {words}")))
    });
    match waits.max_by_key(|(until, _)| *until) {
        None => Ruling::pass(),
        Some((until, detail)) if nature.is_marketing && until - now > policy.max_deferral() => {
            Ruling::refuse("FREQUENCY_CAP", detail)
        }
        Some((until, detail)) => Ruling::Defer { until, reason: "FREQUENCY_CAP", detail },
    }
}

/// The first moment from which one more within `window` is allowed; `None` when it is now. A cap of 0 allows any number.
fn free_from(times: &[DateTime<Utc>], cap: u32, window: TimeDelta, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let cap = usize::try_from(cap).ok().filter(|cap| *cap > 0)?;
    let mut times: Vec<_> = times.iter().copied().filter(|time| *time + window > now).collect();
    // When the last of those goes out of the window that leaves fewer than the cap in it.
    let place = times.len().checked_sub(cap)?;
    times.sort_unstable();
    times.get(place).map(|time| *time + window)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::gate::{nature::of, policy::Caps};

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn said(kind: MessageKind, contacts: &Contacts, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, &'static str> {
        match rule(of(kind, true), contacts, &Policy::default(), now) {
            Ruling::Pass(_) => Ok(None),
            Ruling::Defer { until, reason: "FREQUENCY_CAP", .. } => Ok(Some(until)),
            Ruling::Refuse { reason, .. } => Err(reason),
            other @ Ruling::Defer { .. } => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_third_within_a_week_waits_and_the_fifth_within_a_month_is_refused() {
        let marketing =
            |days: &[i64]| Contacts { marketing: days.iter().map(|one| day(*one)).collect(), ..Contacts::default() };
        let openings = MessageKind::Reactivation;
        assert_eq!(said(openings, &marketing(&[100]), day(101)), Ok(None));
        assert_eq!(said(openings, &marketing(&[100, 103]), day(104)), Ok(Some(day(107))));
        assert_eq!(said(openings, &marketing(&[100, 103]), day(107)), Ok(None), "a week is over");
        assert_eq!(said(openings, &marketing(&[80, 90, 97, 100]), day(101)), Err("FREQUENCY_CAP"));
        assert_eq!(said(openings, &marketing(&[80, 90, 95, 100]), day(108)), Ok(Some(day(110))));
        assert_eq!(said(MessageKind::InterviewInvitation, &marketing(&[100, 100, 100, 100, 100]), day(100)), Ok(None));
        // One that is still to go counts for the moment at which it is to.
        assert_eq!(said(openings, &marketing(&[100, 105]), day(104)), Ok(Some(day(107))));
    }

    #[test]
    fn what_is_said_of_applications_makes_marketing_wait_and_waits_itself_only_for_safety() {
        let all = |count: usize| Contacts { all: vec![day(100); count], ..Contacts::default() };
        let now = day(100) + TimeDelta::hours(1);
        assert_eq!(said(MessageKind::Care, &all(2), now), Ok(None));
        assert_eq!(said(MessageKind::Care, &all(3), now), Ok(Some(day(101))));
        assert_eq!(said(MessageKind::InterviewReminder, &all(49), now), Ok(None));
        assert_eq!(said(MessageKind::InterviewReminder, &all(50), now), Ok(Some(day(101))), "and is never refused");
    }

    #[test]
    fn a_cap_of_zero_is_none() {
        let policy = Policy {
            caps: Caps { marketing_per_7_days: 0, marketing_per_30_days: 0, total_per_day: 0, safety_per_day: 0 },
            ..Policy::default()
        };
        let contacts = Contacts { all: vec![day(1); 500], marketing: vec![day(1); 500] };
        assert_eq!(rule(of(MessageKind::Care, true), &contacts, &policy, day(1)), Ruling::pass());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_window_ever_holds_more_than_the_cap(hours in prop::collection::vec(0_i64..2_000, 0..40), cap in 1_u32..6) {
            let mut sent: Vec<DateTime<Utc>> = Vec::new();
            let mut hours = hours;
            hours.sort_unstable();
            for hour in hours {
                let now = DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
                let at = free_from(&sent, cap, WEEK, now).unwrap_or(now);
                prop_assert!(at >= now);
                sent.push(at);
                sent.sort_unstable();
            }
            for end in &sent {
                let within = sent.iter().filter(|time| **time <= *end && **time + WEEK > *end).count();
                prop_assert!(within <= cap as usize, "{within} until {end}");
            }
        }
    }
}
