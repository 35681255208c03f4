//! Quiet hours and free days in the reader's own zone. Nothing is dropped for them: it waits for the next moment that is not
//! quiet.
//!
//! A night is one piece: where clocks go back in it, it is quiet from the first time that they show its beginning to the
//! last that they show its end; where they skip one of these, from or to the jump.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{
    Ruling,
    holidays::{self, Calendar, Day},
    nature::{Hours, Nature},
    policy::Policy,
    wall,
};

/// So many quiet spans in a row are followed; beyond, a calendar that is free for ever would keep a message for ever.
const FOLLOWED: usize = 800;

/// When nothing is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quiet {
    /// Begin and end, as wall times; over midnight when the end is not later.
    pub night: Option<(NaiveTime, NaiveTime)>,
    pub on_holidays: bool,
    pub on_weekends: bool,
}

/// By when a message has to be read to be of use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Urgency {
    /// When the interview begins that it is about.
    pub start: Option<DateTime<Utc>>,
    /// By when its reader is to answer.
    pub answer_by: Option<DateTime<Utc>>,
}

impl Urgency {
    /// The last moment at which it may be read.
    fn latest(self, before_start: TimeDelta) -> Option<DateTime<Utc>> {
        let before = self.start.map(|start| start - before_start);
        [before, self.answer_by].into_iter().flatten().min()
    }
}

/// Whether a message that could go at `from` keeps quiet hours.
pub fn rule(nature: Nature, zone: Tz, urgency: Urgency, policy: &Policy, from: DateTime<Utc>) -> Ruling {
    let quiet = policy.quiet(nature.hours);
    let until = next_allowed(quiet, zone, &policy.calendars, from);
    if until <= from {
        return Ruling::pass();
    }
    if nature.hours != Hours::Marketing && urgency.latest(policy.urgent_before()).is_some_and(|latest| until > latest) {
        return Ruling::Pass(format!("it is quiet in {zone}, and it would come too late afterwards"));
    }
    let there = until.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    Ruling::Defer { until, reason: "QUIET_HOURS", detail: format!("it is quiet in {zone} until {there}") }
}

/// The first moment from `from` on that is not quiet.
pub fn next_allowed(quiet: &Quiet, zone: Tz, calendars: &[Calendar], from: DateTime<Utc>) -> DateTime<Utc> {
    let mut moment = from;
    for _ in 0..FOLLOWED {
        match end_of_quiet(quiet, zone, calendars, moment) {
            Some(end) => moment = end,
            None => break,
        }
    }
    moment
}

/// When what is quiet at a moment ends; `None` when nothing is.
fn end_of_quiet(quiet: &Quiet, zone: Tz, calendars: &[Calendar], moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = moment.with_timezone(&zone).date_naive();
    // Where clocks go back over midnight a day outlasts its own, and a night begins on the day before.
    let days = [today.pred_opt(), Some(today), today.succ_opt()];
    let spans = days.into_iter().flatten().flat_map(|date| spans_of(quiet, zone, calendars, date));
    spans.filter(|(start, end)| *start <= moment && moment < *end).map(|(_, end)| end).max()
}

/// What is quiet of the night that begins on a date, and of the date itself.
fn spans_of(
    quiet: &Quiet,
    zone: Tz,
    calendars: &[Calendar],
    date: NaiveDate,
) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
    let tomorrow = date.checked_add_days(Days::new(1)).unwrap_or(date);
    let night = quiet.night.map(|(start, end)| {
        let last = if end > start { date } else { tomorrow };
        (wall::first(zone, date.and_time(start)), wall::last(zone, last.and_time(end)))
    });
    let is_free = match holidays::day(date, zone, calendars) {
        Day::Ordinary => false,
        Day::Weekend => quiet.on_weekends,
        Day::Holiday => quiet.on_holidays,
    };
    let midnight = |date: NaiveDate| wall::first(zone, date.and_time(NaiveTime::MIN));
    let day = is_free.then(|| (midnight(date), midnight(tomorrow)));
    [night, day].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::gate::nature::of;

    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn night(start: &str, end: &str) -> Quiet {
        Quiet { night: Some((time(start), time(end))), ..Quiet::default() }
    }

    fn waits(quiet: &Quiet, zone: Tz, from: &str) -> String {
        let until = next_allowed(quiet, zone, &[], at(from)).with_timezone(&zone);
        until.to_rfc3339()
    }

    #[test]
    fn a_night_lasts_over_midnight_and_ends_by_the_readers_clock() {
        let quiet = night("21:00:00", "08:00:00");
        for (from, until) in [
            ("2026-11-30T20:59:59+08:00", "2026-11-30T20:59:59+08:00"),
            ("2026-11-30T21:00:00+08:00", "2026-12-01T08:00:00+08:00"),
            ("2026-11-30T23:59:59+08:00", "2026-12-01T08:00:00+08:00"),
            ("2026-12-01T00:00:00+08:00", "2026-12-01T08:00:00+08:00"),
            ("2026-12-01T07:59:59+08:00", "2026-12-01T08:00:00+08:00"),
            ("2026-12-01T08:00:00+08:00", "2026-12-01T08:00:00+08:00"),
        ] {
            assert_eq!(waits(&quiet, Tz::Asia__Shanghai, from), until, "{from}");
        }
        let siesta = night("13:00:00", "15:00:00");
        assert_eq!(waits(&siesta, Tz::Europe__Madrid, "2026-07-01T13:30:00+02:00"), "2026-07-01T15:00:00+02:00");
        assert_eq!(waits(&siesta, Tz::Europe__Madrid, "2026-07-01T23:30:00+02:00"), "2026-07-01T23:30:00+02:00");
    }

    #[test]
    fn a_night_in_which_clocks_change_ends_by_what_they_show() {
        let quiet = night("21:00:00", "08:00:00");
        // An hour shorter, an hour longer.
        assert_eq!(waits(&quiet, Tz::Europe__Berlin, "2026-03-28T22:00:00+01:00"), "2026-03-29T08:00:00+02:00");
        assert_eq!(waits(&quiet, Tz::Europe__Berlin, "2026-10-24T22:00:00+02:00"), "2026-10-25T08:00:00+01:00");
        let early = night("22:00:00", "02:30:00");
        assert_eq!(
            waits(&early, Tz::Europe__Berlin, "2026-03-29T00:30:00+01:00"),
            "2026-03-29T03:00:00+02:00",
            "skipped"
        );
        let twice = "2026-10-25T02:30:00+01:00";
        assert_eq!(waits(&early, Tz::Europe__Berlin, "2026-10-25T02:40:00+02:00"), twice, "the second of the two");
        assert_eq!(waits(&early, Tz::Europe__Berlin, "2026-10-25T02:10:00+01:00"), twice);
    }

    #[test]
    fn free_days_are_waited_out_and_worked_weekends_are_not() {
        let quiet = Quiet { on_holidays: true, on_weekends: true, ..night("21:00:00", "08:00:00") };
        let shanghai = |from: &str| waits(&quiet, Tz::Asia__Shanghai, from);
        // The National Day of 2026; Saturday, the 10th, is worked for it.
        assert_eq!(shanghai("2026-09-30T22:00:00+08:00"), "2026-10-08T08:00:00+08:00");
        assert_eq!(shanghai("2026-10-10T10:00:00+08:00"), "2026-10-10T10:00:00+08:00");
        assert_eq!(shanghai("2026-10-11T10:00:00+08:00"), "2026-10-12T08:00:00+08:00");
        // Spring Festival, from the last evening before it, by the Saturday that is worked.
        assert_eq!(shanghai("2026-02-14T21:30:00+08:00"), "2026-02-24T08:00:00+08:00");
        let days = Quiet { on_holidays: true, ..Quiet::default() };
        assert_eq!(waits(&days, Tz::Asia__Shanghai, "2026-10-01T10:00:00+08:00"), "2026-10-08T00:00:00+08:00");
    }

    #[test]
    fn what_would_come_too_late_goes_at_once() {
        let policy = Policy::default();
        let evening = at("2026-11-30T22:00:00+08:00");
        let said = |kind, urgency| rule(of(kind, true), Tz::Asia__Shanghai, urgency, &policy, evening);
        let start = |text: &str| Urgency { start: Some(at(text)), answer_by: None };
        let reminder = MessageKind::InterviewUpcoming;
        assert!(matches!(said(reminder, start("2026-12-01T10:00:00+08:00")), Ruling::Pass(_)), "it is at ten");
        assert!(
            matches!(said(reminder, start("2026-12-01T11:00:00+08:00")), Ruling::Defer { .. }),
            "eight is early enough"
        );
        assert!(matches!(said(reminder, Urgency::default()), Ruling::Defer { .. }));
        let answer = Urgency { start: None, answer_by: Some(at("2026-12-01T07:00:00+08:00")) };
        assert!(matches!(said(reminder, answer), Ruling::Pass(_)));
        assert!(matches!(said(MessageKind::Care, answer), Ruling::Defer { .. }), "no opening is as urgent as sleep");
        assert_eq!(
            said(MessageKind::InterviewInvitation, Urgency::default()),
            Ruling::pass(),
            "as it is from the start"
        );
    }

    fn any_zone() -> impl Strategy<Value = Tz> {
        (0..TZ_VARIANTS.len()).prop_map(|place| TZ_VARIANTS[place])
    }

    /// Any minute of some decades; half of them in a night in which clocks may change.
    fn any_moment() -> impl Strategy<Value = DateTime<Utc>> {
        let anywhere = (0_i64..2_600_000_000 / 60).prop_map(|minute| DateTime::from_timestamp(minute * 60, 0).unwrap());
        let at_change = (1975_i32..2050, prop::sample::select(vec![3_u32, 4, 9, 10, 11]), 1_u32..29, -900_i64..900);
        let at_change = at_change.prop_map(|(year, month, day, minutes)| {
            let night = NaiveDate::from_ymd_opt(year, month, day).unwrap().and_time(NaiveTime::MIN).and_utc();
            night + TimeDelta::minutes(minutes)
        });
        prop_oneof![anywhere, at_change]
    }

    fn any_time() -> impl Strategy<Value = NaiveTime> {
        (0_u32..24 * 12).prop_map(|fives| NaiveTime::from_num_seconds_from_midnight_opt(fives * 300, 0).unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn what_waits_waits_until_the_first_moment_that_is_not_quiet(
            zone in any_zone(), from in any_moment(), start in any_time(), end in any_time(), weekends: bool,
        ) {
            prop_assume!(start != end);
            let quiet = Quiet { night: Some((start, end)), on_holidays: true, on_weekends: weekends };
            let until = next_allowed(&quiet, zone, &[], from);
            prop_assert!(until >= from, "never before it could go");
            prop_assert!(until - from <= TimeDelta::days(12), "and never for ever");
            prop_assert_eq!(end_of_quiet(&quiet, zone, &[], until), None);
            // Until then there is not a minute at which it could have gone.
            let mut minute = from;
            while minute < until {
                prop_assert!(end_of_quiet(&quiet, zone, &[], minute).is_some(), "{} was not quiet", minute);
                minute += TimeDelta::minutes(11);
            }
            // By the clock on the wall it is no quiet time, but where that shows it for the first of two times.
            let shown = until.with_timezone(&zone).time();
            let inside = if start < end { start <= shown && shown < end } else { shown >= start || shown < end };
            prop_assert!(!inside, "{} in {}", shown, zone);
        }
    }
}
