//! Which times suit everybody: every interviewer works and is free, and the candidate's clock shows a decent hour.
//!
//! Few times that differ are a choice, and many that do not are none. So the answer takes one time of each day first, and
//! comes back to a day only when every day has given one, for a time that is far from those it gave.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;

use super::spans::{Span, common, without};

/// Times begin at every quarter that clocks there show.
const STEP: i64 = 15;
/// Two times of one day that are closer say the same.
const APART: TimeDelta = TimeDelta::hours(2);

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// When the candidate can be asked to come, as [`super::spans::merged`] makes it.
    pub candidate: Vec<Span>,
    pub candidate_zone: Tz,
    pub duration: TimeDelta,
    pub count: usize,
}

/// Somebody who has to be there; both as [`super::spans::merged`] makes it.
#[derive(Debug, Clone, Default)]
pub struct Diary {
    pub works: Vec<Span>,
    pub taken: Vec<Span>,
}

impl Search {
    /// The times at which it may begin, soonest first.
    pub fn suggest(&self, diaries: &[Diary]) -> Vec<DateTime<Utc>> {
        let free = diaries
            .iter()
            .fold(self.candidate.clone(), |free, diary| without(&common(&free, &diary.works), &diary.taken));
        let mut days: BTreeMap<NaiveDate, Vec<DateTime<Utc>>> = BTreeMap::new();
        for start in free.iter().flat_map(|span| self.starts(*span)) {
            days.entry(start.with_timezone(&self.candidate_zone).date_naive()).or_default().push(start);
        }
        let mut chosen: Vec<DateTime<Utc>> = Vec::new();
        while chosen.len() < self.count {
            let before = chosen.len();
            for starts in days.values() {
                let apart = |start: &&DateTime<Utc>| chosen.iter().all(|other| (**start - *other).abs() >= APART);
                match starts.iter().find(apart).copied() {
                    Some(start) if chosen.len() < self.count => chosen.push(start),
                    _ => {}
                }
            }
            if chosen.len() == before {
                break;
            }
        }
        chosen.sort_unstable();
        chosen
    }

    /// Every start in a stretch that leaves room to its end.
    fn starts(&self, span: Span) -> Vec<DateTime<Utc>> {
        let mut starts = Vec::new();
        let mut start = self.next_quarter(span.start);
        while start + self.duration <= span.end {
            starts.push(start);
            start = self.next_quarter(start + TimeDelta::seconds(1));
        }
        starts
    }

    /// The first instant from there on at which the candidate's clock shows a whole quarter.
    fn next_quarter(&self, time: DateTime<Utc>) -> DateTime<Utc> {
        let mut time = time;
        // Again where clocks there jump in between by something other than quarters.
        loop {
            let local = time.with_timezone(&self.candidate_zone);
            let nanos = i64::from(local.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(local.nanosecond());
            let past = nanos % (STEP * 60 * 1_000_000_000);
            if past == 0 {
                return time;
            }
            time += TimeDelta::nanoseconds(STEP * 60 * 1_000_000_000 - past);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        calendar::Calendar,
        spans::merged,
        wall::{
            self,
            tests::{any_wall, any_zone},
        },
    };

    fn search(zone: Tz, period: Span, count: usize) -> Search {
        let candidate = Calendar::daily(zone, 8 * 60, 20 * 60).within(period);
        Search { candidate, candidate_zone: zone, duration: TimeDelta::hours(1), count }
    }

    #[test]
    fn three_times_are_on_three_days() {
        let zone = chrono_tz::Asia::Shanghai;
        // A Monday.
        let from = zone.with_ymd_and_hms(2026, 11, 30, 0, 0, 0).unwrap().to_utc();
        let period = Span::new(from, from + TimeDelta::days(14)).unwrap();
        let works = Calendar::default().within(period);
        let busy = Span::new(from + TimeDelta::hours(9), from + TimeDelta::hours(11)).unwrap();
        let one = Diary { works: works.clone(), taken: vec![busy] };
        let found = search(zone, period, 3).suggest(&[one, Diary { works, taken: Vec::new() }]);
        let found: Vec<_> = found.iter().map(|time| time.with_timezone(&zone).format("%a %H:%M").to_string()).collect();
        assert_eq!(found, ["Mon 11:00", "Tue 09:00", "Wed 09:00"]);
    }

    #[test]
    fn a_day_far_away_has_few_hours_in_common() {
        let zone = chrono_tz::America::Los_Angeles;
        let from = chrono_tz::Asia::Shanghai.with_ymd_and_hms(2026, 11, 30, 0, 0, 0).unwrap().to_utc();
        let period = Span::new(from, from + TimeDelta::days(3)).unwrap();
        let works = Calendar::default().within(period);
        let found = search(zone, period, 2).suggest(&[Diary { works, taken: Vec::new() }]);
        // Nine in Shanghai is five in the afternoon before in Los Angeles.
        let found: Vec<_> = found.iter().map(|time| time.with_timezone(&zone).format("%a %H:%M").to_string()).collect();
        assert_eq!(found, ["Sun 17:00", "Mon 17:00"]);
    }

    fn taken(from: DateTime<Utc>) -> impl Strategy<Value = Vec<Span>> {
        let span = (0_i64..14 * 1_440, 5_i64..300).prop_map(move |(start, length)| {
            let start = from + TimeDelta::minutes(start);
            Span { start, end: start + TimeDelta::minutes(length) }
        });
        proptest::collection::vec(span, 0..30).prop_map(merged)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn every_time_suits_everybody(
            (from, diaries) in any_wall().prop_flat_map(|wall| {
                let from = wall.and_utc();
                let diary = (any_zone(), taken(from));
                (Just(from), proptest::collection::vec(diary, 1..4))
            }),
            zone in any_zone(), minutes in 15_i64..180, count in 1_usize..12,
        ) {
            let period = Span::new(from, from + TimeDelta::days(14)).unwrap();
            let diaries: Vec<_> = diaries
                .into_iter()
                .map(|(zone, taken)| Diary { works: Calendar { time_zone: zone, ..Calendar::default() }.within(period), taken })
                .collect();
            let search = Search { duration: TimeDelta::minutes(minutes), ..search(zone, period, count) };
            let found = search.suggest(&diaries);
            prop_assert!(found.len() <= count);
            prop_assert!(found.windows(2).all(|pair| pair[1] - pair[0] >= APART));
            for start in &found {
                let end = *start + search.duration;
                let within = |spans: &[Span]| spans.iter().any(|span| span.start <= *start && end <= span.end);
                let clear = |spans: &[Span]| spans.iter().all(|span| span.end <= *start || end <= span.start);
                prop_assert!(within(&search.candidate));
                for diary in &diaries {
                    prop_assert!(within(&diary.works) && clear(&diary.taken));
                }
                let shown = start.with_timezone(&zone);
                prop_assert_eq!(shown.minute() % 15, 0);
                prop_assert!((8..20).contains(&shown.hour()) || wall::first_from(zone, shown.naive_local()) != Some(*start));
            }
            // Nothing is withheld: with as many as wanted, or no free quarter that is apart from those named.
            if found.len() < count {
                let free = diaries.iter().fold(search.candidate.clone(), |free, diary| {
                    without(&common(&free, &diary.works), &diary.taken)
                });
                for start in free.iter().flat_map(|span| search.starts(*span)) {
                    prop_assert!(found.iter().any(|other| (*other - start).abs() < APART));
                }
            }
        }
    }
}
