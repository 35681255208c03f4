//! When a tenant works: its zone, its week, its holidays.
//!
//! # What a working day is, and when one has gone by
//! A working day is a date on which at least one moment is worked. It opens with the first of its spans and closes with
//! the last. It has gone by *since* an instant when it opened then or later, and has closed: who writes on Monday at ten
//! has waited one working day when Tuesday closes, and who writes on a Sunday when Monday does. The day on which a wait
//! begins is not counted, so that "three working days" is never said of less than three whole ones.
//!
//! [`Calendar::working_days_between`] counts by that, and [`Calendar::add_working_days`] is its inverse: `n` or more
//! working days have gone by from the instant that it answers, and not before.
//!
//! # Wall times that clocks skip or show twice
//! A span that begins at a wall time which is shown twice begins at the first of the two, and ends at the second of them;
//! one that is skipped is the moment of the skip. So a day whose hours are skipped altogether (Samoa had no 30 December
//! 2011) is no working day, whatever its weekday.

use std::collections::BTreeSet;

use chassis::{Error, Result};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{
    spans::{Span, merged},
    wall,
};

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Years in which dates can be reckoned with; outside of them nobody works.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9_000;

/// From one wall time of a day to a later one, in minutes after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub start: u16,
    pub end: u16,
}

/// When a tenant works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calendar {
    pub time_zone: Tz,
    /// From Monday. A day without spans is not worked.
    pub week: [Vec<Hours>; 7],
    /// Not worked, whatever their weekday.
    pub holidays: BTreeSet<NaiveDate>,
    /// Worked though their weekday is not, at the hours of the first weekday that is.
    pub extra_working_days: BTreeSet<NaiveDate>,
}

/// Monday to Friday, nine to six, in Shanghai: where most of the house's tenants are. One that is elsewhere says so once.
impl Default for Calendar {
    fn default() -> Self {
        let office = || vec![Hours { start: 9 * 60, end: 18 * 60 }];
        Self {
            time_zone: Tz::Asia__Shanghai,
            week: [office(), office(), office(), office(), office(), Vec::new(), Vec::new()],
            holidays: BTreeSet::new(),
            extra_working_days: BTreeSet::new(),
        }
    }
}

/// Which of the two moments at which clocks show a wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Showing {
    First,
    Last,
}

impl Calendar {
    /// The same hours of every day, in minutes after midnight.
    pub fn daily(time_zone: Tz, start: u16, end: u16) -> Self {
        let week = std::array::from_fn(|_| vec![Hours { start, end }]);
        Self { time_zone, week, holidays: BTreeSet::new(), extra_working_days: BTreeSet::new() }
    }

    /// Refuses what can not be worked by.
    pub fn check(&self) -> Result<()> {
        if self.week.iter().all(Vec::is_empty) {
            return Err(Error::invalid(
                "settings.calendar.working_days",
                "NO_WORKING_DAY",
                "must name a weekday on which somebody works",
            ));
        }
        if let Some(date) = self.holidays.intersection(&self.extra_working_days).next() {
            return Err(Error::invalid(
                "settings.calendar.extra_working_days",
                "DATE_CONTRADICTORY",
                format!("must not name {date}, which is a holiday"),
            ));
        }
        Ok(())
    }

    /// Whether anything of a date is worked.
    #[cfg(test)]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        !self.working_spans(date).is_empty()
    }

    /// What of a date is worked, in the order of time; no span overlaps another.
    pub fn working_spans(&self, date: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let plan = self.plan(date);
        let mut spans = Vec::with_capacity(plan.len());
        // Where clocks go back over midnight, the day before may last into this one.
        let starts_early = plan.first().is_some_and(|first| first.start < 3 * 60);
        let mut free_from = if starts_early { self.last_moment(date.pred_opt()) } else { None };
        for span in plan {
            let start = self.moment(date, span.start, Showing::First);
            let end = self.moment(date, span.end, if span.end < DAY { Showing::Last } else { Showing::First });
            let (Some(start), Some(end)) = (start, end) else { continue };
            let start = free_from.map_or(start, |free| start.max(free));
            if start < end {
                spans.push((start, end));
                free_from = Some(end);
            }
        }
        spans
    }

    /// How many working days opened at `from` or later and closed by `to`.
    pub fn working_days_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
        if to <= from {
            return 0;
        }
        let last = self.date(to).succ_opt();
        let days = self.days_since(from).take_while(|(date, _, _)| Some(*date) <= last);
        let gone = days.filter(|(_, _, close)| *close <= to).count();
        u32::try_from(gone).unwrap_or(u32::MAX)
    }

    /// When so many working days have gone by since an instant; the instant itself for none.
    pub fn add_working_days(&self, from: DateTime<Utc>, days: u32) -> DateTime<Utc> {
        let Some(before) = days.checked_sub(1) else { return from };
        match self.days_since(from).nth(before as usize) {
            Some((_, _, close)) => close,
            // A calendar that passed its checks does not come here before the years end.
            None => from.checked_add_signed(TimeDelta::weeks(days.into())).unwrap_or(from),
        }
    }

    /// What of a period is worked, as [`merged`] makes it.
    pub fn within(&self, period: Span) -> Vec<Span> {
        let days = self.dates_from(period.start).take_while(|date| *date <= self.date(period.end));
        let worked = days.flat_map(|date| self.working_spans(date));
        merged(worked.filter_map(|(start, end)| Span { start, end }.and(period)).collect())
    }

    /// The working days that open at an instant or later, with when they open and close.
    fn days_since(&self, from: DateTime<Utc>) -> impl Iterator<Item = (NaiveDate, DateTime<Utc>, DateTime<Utc>)> {
        self.dates_from(from).filter_map(move |date| {
            let spans = self.working_spans(date);
            let (open, close) = (spans.first()?.0, spans.last()?.1);
            (open >= from).then_some((date, open, close))
        })
    }

    /// Dates from the one before an instant's, because where clocks go back a day may outlast its midnight. They end where
    /// a calendar that works at all would have had its next working days long before.
    fn dates_from(&self, from: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> {
        let first = self.date(from);
        let first = first.pred_opt().unwrap_or(first);
        let is_worked = self.week.iter().any(|spans| !spans.is_empty());
        first.iter_days().take(if is_worked { usize::MAX } else { 0 }).take_while(|date| YEARS.contains(&date.year()))
    }

    /// The date that the tenant's calendars show.
    fn date(&self, instant: DateTime<Utc>) -> NaiveDate {
        let bounded = instant.clamp(year(*YEARS.start()), year(*YEARS.end()));
        bounded.with_timezone(&self.time_zone).date_naive()
    }

    /// When the last span of a date ends.
    fn last_moment(&self, date: Option<NaiveDate>) -> Option<DateTime<Utc>> {
        let date = date?;
        let last = self.plan(date).last()?;
        self.moment(date, last.end, if last.end < DAY { Showing::Last } else { Showing::First })
    }

    /// The spans of a date, as wall times.
    fn plan(&self, date: NaiveDate) -> &[Hours] {
        if self.holidays.contains(&date) {
            return &[];
        }
        let own = &self.week[date.weekday().num_days_from_monday() as usize];
        if own.is_empty() && self.extra_working_days.contains(&date) {
            return self.week.iter().find(|spans| !spans.is_empty()).map_or(&[], Vec::as_slice);
        }
        own
    }

    fn moment(&self, date: NaiveDate, minute: u16, showing: Showing) -> Option<DateTime<Utc>> {
        if !YEARS.contains(&date.year()) {
            return None;
        }
        let wall = date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(minute.into()))?;
        match showing {
            Showing::First => wall::first_from(self.time_zone, wall),
            Showing::Last => wall::last_until(self.time_zone, wall),
        }
    }
}

/// Refuses hours of a day that are not in order.
pub fn check_hours(field: &str, spans: &[Hours]) -> Result<()> {
    let mut free_from = 0;
    for (place, span) in spans.iter().enumerate() {
        if span.start < free_from || span.end <= span.start || span.end > DAY {
            return Err(Error::invalid(
                format!("{field}[{place}]"),
                "WORKING_HOURS_INVALID",
                "must end after it starts, and start no sooner than the one before it ends",
            ));
        }
        free_from = span.end;
    }
    Ok(())
}

/// Minutes after midnight from `HH:MM`; `24:00` is the end of the day.
pub fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && total <= DAY).then_some(total)
}

fn year(year: i32) -> DateTime<Utc> {
    let new_year = NaiveDate::from_ymd_opt(year, 1, 2).unwrap_or(NaiveDate::MIN);
    new_year.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use chrono::TimeZone as _;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Works all week, from one wall time to another.
    fn daily(time_zone: Tz, start: u16, end: u16) -> Calendar {
        Calendar { time_zone, week: std::array::from_fn(|_| vec![Hours { start, end }]), ..Calendar::default() }
    }

    #[test]
    fn a_day_counts_when_all_of_it_has_gone_by() {
        let calendar = Calendar::default();
        // Monday, 23 November 2026, ten o'clock in Shanghai.
        let monday = at("2026-11-23T10:00:00+08:00");
        let days = |to: &str| calendar.working_days_between(monday, at(to));
        assert_eq!(days("2026-11-23T23:00:00+08:00"), 0, "the day of the beginning is not a whole one");
        assert_eq!(days("2026-11-24T17:59:59+08:00"), 0);
        assert_eq!(days("2026-11-24T18:00:00+08:00"), 1);
        assert_eq!(days("2026-11-26T18:00:00+08:00"), 3);
        assert_eq!(days("2026-11-29T23:00:00+08:00"), 4, "the weekend adds nothing");
        assert_eq!(calendar.add_working_days(monday, 3), at("2026-11-26T18:00:00+08:00"));
        assert_eq!(calendar.add_working_days(monday, 0), monday);
        let sunday = at("2026-11-22T10:00:00+08:00");
        assert_eq!(calendar.add_working_days(sunday, 1), at("2026-11-23T18:00:00+08:00"));
        let early = at("2026-11-23T09:00:00+08:00");
        assert_eq!(calendar.add_working_days(early, 1), at("2026-11-23T18:00:00+08:00"), "it has the day before it");
    }

    #[test]
    fn holidays_are_not_worked_and_their_saturdays_are() {
        // The National Day of 2026: off until the 7th, made up for on Saturday, the 10th.
        let holidays = (1..=7).map(|day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap()).collect();
        let calendar = Calendar { holidays, extra_working_days: [date("2026-10-10")].into(), ..Calendar::default() };
        let eve = at("2026-09-30T12:00:00+08:00");
        let closes: Vec<_> = (1..=4).map(|days| calendar.add_working_days(eve, days)).collect();
        let expected = ["2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12"];
        assert_eq!(closes, expected.map(|day| at(&format!("{day}T18:00:00+08:00"))));
        assert!(!calendar.is_working_day(date("2026-10-01")) && calendar.is_working_day(date("2026-10-10")));
        let week = Span { start: at("2026-10-03T12:00:00+08:00"), end: at("2026-10-08T12:00:00+08:00") };
        let worked = Span { start: at("2026-10-08T09:00:00+08:00"), end: at("2026-10-08T12:00:00+08:00") };
        assert_eq!(calendar.within(week), [worked]);
    }

    #[test]
    fn a_day_that_clocks_skipped_is_not_worked() {
        let calendar = daily(Tz::Pacific__Apia, 9 * 60, 17 * 60);
        assert!(calendar.is_working_day(date("2011-12-29")) && calendar.is_working_day(date("2011-12-31")));
        assert!(!calendar.is_working_day(date("2011-12-30")));
    }

    #[test]
    fn wall_times_that_are_skipped_or_shown_twice() {
        // Berlin: 02:00 to 03:00 was skipped on 29 March 2026, and shown twice on 25 October.
        let calendar = daily(Tz::Europe__Berlin, 2 * 60 + 30, 4 * 60);
        assert_eq!(
            calendar.working_spans(date("2026-03-29")),
            [(at("2026-03-29T01:00:00Z"), at("2026-03-29T02:00:00Z"))]
        );
        assert_eq!(
            calendar.working_spans(date("2026-10-25")),
            [(at("2026-10-25T00:30:00Z"), at("2026-10-25T03:00:00Z"))]
        );
        // Lord Howe moves by half an hour: 02:00 to 02:30 was skipped on 4 October 2026.
        let calendar = daily(Tz::Australia__Lord_Howe, 2 * 60 + 15, 3 * 60);
        assert_eq!(
            calendar.working_spans(date("2026-10-04")),
            [(at("2026-10-03T15:30:00Z"), at("2026-10-03T16:00:00Z"))]
        );
    }

    #[test]
    fn two_spans_of_one_day_do_not_overlap_where_clocks_go_back() {
        let mut calendar = daily(Tz::Europe__Berlin, 60, 150);
        calendar.week.iter_mut().for_each(|day| day.push(Hours { start: 150, end: 300 }));
        let spans = calendar.working_spans(date("2026-10-25"));
        assert!(spans.is_sorted() && spans.windows(2).all(|two| two[0].1 <= two[1].0), "{spans:?}");
    }

    #[test]
    fn what_can_not_be_worked_by_is_refused() {
        let reason = |calendar: Calendar| calendar.check().unwrap_err().reason().to_owned();
        let house = Calendar::default;
        house().check().unwrap();
        assert_eq!(reason(Calendar { week: Default::default(), ..house() }), "NO_WORKING_DAY");
        for hours in [&[(60, 60)][..], &[(60, DAY + 1)], &[(0, 120), (60, 180)], &[(120, 180), (0, 60)]] {
            let spans: Vec<_> = hours.iter().map(|(start, end)| Hours { start: *start, end: *end }).collect();
            assert_eq!(check_hours("spans", &spans).unwrap_err().reason(), "WORKING_HOURS_INVALID");
        }
        check_hours("spans", &[Hours { start: 0, end: 60 }, Hours { start: 60, end: DAY }]).unwrap();
        assert_eq!(["00:00", "09:05", "24:00", "24:01", "9"].map(minutes), [Some(0), Some(545), Some(DAY), None, None]);
        let both: BTreeSet<_> = [date("2026-10-10")].into();
        assert_eq!(
            reason(Calendar { holidays: both.clone(), extra_working_days: both, ..house() }),
            "DATE_CONTRADICTORY"
        );
    }

    /// Any zone, with those known for strange days often.
    fn zones() -> impl Strategy<Value = Tz> {
        let odd = [
            Tz::Pacific__Apia,
            Tz::Australia__Lord_Howe,
            Tz::America__Sao_Paulo,
            Tz::Asia__Beirut,
            Tz::Africa__Casablanca,
            Tz::Pacific__Kwajalein,
            Tz::America__Havana,
            Tz::Antarctica__Troll,
            Tz::America__St_Johns,
            Tz::Asia__Shanghai,
        ];
        prop_oneof![prop::sample::select(odd.to_vec()), prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec())]
    }

    fn spans() -> impl Strategy<Value = Vec<Hours>> {
        prop::collection::btree_set(0..=DAY, 0..7).prop_map(|edges| {
            let edges: Vec<_> = edges.into_iter().collect();
            edges.chunks_exact(2).map(|two| Hours { start: two[0], end: two[1] }).collect()
        })
    }

    /// Seconds from 1970 to 2100.
    const SECONDS: std::ops::Range<i64> = 0..4_102_444_800;

    fn calendars() -> impl Strategy<Value = Calendar> {
        let dates = || prop::collection::btree_set(0..60_i64, 0..20);
        (zones(), prop::array::uniform7(spans()), dates(), dates(), SECONDS).prop_filter_map(
            "somebody must work",
            |(time_zone, week, off, on, around)| {
                let first = DateTime::from_timestamp(around, 0)?.date_naive();
                let days = |offsets: &BTreeSet<i64>| -> BTreeSet<NaiveDate> {
                    offsets.iter().map(|days| first + TimeDelta::days(*days)).collect()
                };
                let extra_working_days = days(&on.difference(&off).copied().collect());
                let calendar = Calendar { time_zone, week, holidays: days(&off), extra_working_days };
                calendar.check().is_ok().then_some(calendar)
            },
        )
    }

    /// An instant near the change of clocks that follows a given one, or that one.
    fn near_change(zone: Tz, from: i64) -> DateTime<Utc> {
        let offset = |seconds: i64| {
            use chrono::Offset as _;
            zone.offset_from_utc_datetime(&DateTime::from_timestamp(seconds, 0).unwrap().naive_utc()).fix()
        };
        let changed = (0..400).map(|day| from + day * 86_400).find(|day| offset(*day) != offset(day + 86_400));
        DateTime::from_timestamp(changed.unwrap_or(from), 0).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn counting_and_adding_are_each_others_inverse(
            calendar in calendars(), from in SECONDS, later in 0_i64..4_000_000, days in 1_u32..30,
        ) {
            let from = near_change(calendar.time_zone, from);
            let to = from + TimeDelta::seconds(later);
            let due = calendar.add_working_days(from, days);
            prop_assert!(due > from);
            prop_assert_eq!(calendar.working_days_between(from, to) >= days, to >= due, "{} {} {}", from, to, due);
            prop_assert_eq!(calendar.working_days_between(from, due), days);
            prop_assert_eq!(calendar.working_days_between(from, due - TimeDelta::microseconds(1)), days - 1);
            prop_assert!(calendar.add_working_days(from, days + 1) > due);
        }

        #[test]
        fn waiting_longer_never_counts_less(
            calendar in calendars(), from in SECONDS, one in 0_i64..4_000_000, two in 0_i64..4_000_000,
        ) {
            let from = near_change(calendar.time_zone, from);
            let (near, far) = (from + TimeDelta::seconds(one.min(two)), from + TimeDelta::seconds(one.max(two)));
            let count = |from, to| calendar.working_days_between(from, to);
            prop_assert!(count(from, near) <= count(from, far));
            prop_assert!(count(near, far) <= count(from, far));
            prop_assert!(count(from, near) + count(near, far) <= count(from, far));
            prop_assert!(i64::from(count(from, far)) <= (far - from).num_days() + 2);
        }

        #[test]
        fn spans_are_in_order_and_a_period_holds_just_them(calendar in calendars(), from in SECONDS) {
            let from = near_change(calendar.time_zone, from);
            let first = calendar.date(from);
            let spans: Vec<_> = first.iter_days().take(12).flat_map(|day| calendar.working_spans(day)).collect();
            prop_assert!(spans.iter().all(|(start, end)| start < end));
            prop_assert!(spans.windows(2).all(|two| two[0].1 <= two[1].0), "{:?}", spans);
            let period = Span { start: from, end: from + TimeDelta::days(9) };
            let within = calendar.within(period);
            prop_assert!(within.windows(2).all(|two| two[0].end < two[1].start), "{:?}", within);
            prop_assert!(within.iter().all(|span| period.start <= span.start && span.end <= period.end));
            // Minute by minute, it holds just what the days hold.
            let days: Vec<_> = calendar.date(from).pred_opt().unwrap().iter_days().take(13).collect();
            let worked: Vec<_> = days.iter().flat_map(|day| calendar.working_spans(*day)).collect();
            for minute in (0..9 * 1_440).step_by(13) {
                let time = from + TimeDelta::minutes(minute);
                let is_worked = worked.iter().any(|(start, end)| *start <= time && time < *end);
                prop_assert_eq!(within.iter().any(|span| span.start <= time && time < span.end), is_worked, "{}", time);
            }
        }

        #[test]
        fn no_instant_and_no_date_is_too_strange(zone in zones(), seconds: i64, far: i64, day in -95_000_000_i32..95_000_000) {
            let calendar = daily(zone, 1, DAY);
            let instant = |seconds: i64| DateTime::from_timestamp(seconds % 8_000_000_000_000, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
            let from = instant(seconds);
            let _ = calendar.add_working_days(from, 3);
            let near = from.checked_add_signed(TimeDelta::seconds(far % 10_000_000)).unwrap_or(from);
            let _ = calendar.working_days_between(from, near);
            if let Some(date) = NaiveDate::from_num_days_from_ce_opt(day) {
                let _ = calendar.working_spans(date);
            }
        }
    }
}
