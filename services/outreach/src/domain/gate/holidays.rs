//! Free days by region, and the weekends that are worked for them.
//!
//! Built in is what is published for mainland China: for 2026 the arrangement of the General Office of the State Council
//! of 4 November 2025 (国办发明电〔2025〕7号), with its make-up working days; for 2027 only the statutory days themselves
//! (全国年节及纪念日放假办法, as of 1 January 2025), since bridges and make-up days are announced year by year. A tenant
//! adds to them and overrules them.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The zones of mainland China, under all their names.
const CHINA: [Tz; 7] = [
    Tz::Asia__Shanghai,
    Tz::Asia__Urumqi,
    Tz::Asia__Chongqing,
    Tz::Asia__Chungking,
    Tz::Asia__Harbin,
    Tz::Asia__Kashgar,
    Tz::PRC,
];

/// First and last day of each stretch: year, month, day, month, day.
const FREE: [(i32, u32, u32, u32, u32); 14] = [
    (2026, 1, 1, 1, 3),
    (2026, 2, 15, 2, 23),
    (2026, 4, 4, 4, 6),
    (2026, 5, 1, 5, 5),
    (2026, 6, 19, 6, 21),
    (2026, 9, 25, 9, 27),
    (2026, 10, 1, 10, 7),
    (2027, 1, 1, 1, 1),
    (2027, 2, 5, 2, 8),
    (2027, 4, 5, 4, 5),
    (2027, 5, 1, 5, 2),
    (2027, 6, 9, 6, 9),
    (2027, 9, 15, 9, 15),
    (2027, 10, 1, 10, 3),
];

const WORKED: [(i32, u32, u32); 6] =
    [(2026, 1, 4), (2026, 2, 14), (2026, 2, 28), (2026, 5, 9), (2026, 9, 20), (2026, 10, 10)];

/// The free and the worked days of one region, as a tenant has set them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    pub region: String,
    pub zones: Vec<Tz>,
    pub holidays: BTreeSet<NaiveDate>,
    pub working_days: BTreeSet<NaiveDate>,
}

/// What a day is to those who live in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    Ordinary,
    Weekend,
    Holiday,
}

/// What a day is: as the tenant says, else as is built in, else by its weekday.
pub fn day(date: NaiveDate, zone: Tz, calendars: &[Calendar]) -> Day {
    let own = calendars.iter().find(|calendar| calendar.zones.contains(&zone));
    let is_of_china = CHINA.contains(&zone);
    let says = |holiday: bool, worked: bool| match (holiday, worked) {
        (_, true) => Some(Day::Ordinary),
        (true, false) => Some(Day::Holiday),
        (false, false) => None,
    };
    own.and_then(|own| says(own.holidays.contains(&date), own.working_days.contains(&date)))
        .or_else(|| says(is_of_china && is_free(date), is_of_china && is_worked(date)))
        .unwrap_or(match date.weekday() {
            Weekday::Sat | Weekday::Sun => Day::Weekend,
            _ => Day::Ordinary,
        })
}

fn is_free(date: NaiveDate) -> bool {
    let today = (date.month(), date.day());
    FREE.iter().any(|(year, month, first, to_month, last)| {
        *year == date.year() && ((*month, *first)..=(*to_month, *last)).contains(&today)
    })
}

fn is_worked(date: NaiveDate) -> bool {
    WORKED.contains(&(date.year(), date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_built_in_days_are_those_that_were_published() {
        let days_of = |year: i32, what: Day| {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            first
                .iter_days()
                .take_while(|date| date.year() == year)
                .filter(|date| day(*date, Tz::Asia__Shanghai, &[]) == what)
                .count()
        };
        // 3 + 9 + 3 + 5 + 3 + 3 + 7, as announced; 13 statutory days in the year after.
        assert_eq!((days_of(2026, Day::Holiday), days_of(2027, Day::Holiday)), (33, 13));
        for (text, what) in [
            ("2026-02-14", Day::Ordinary),
            ("2026-02-15", Day::Holiday),
            ("2026-02-23", Day::Holiday),
            ("2026-02-24", Day::Ordinary),
            ("2026-09-20", Day::Ordinary),
            ("2026-10-08", Day::Ordinary),
            ("2026-10-10", Day::Ordinary),
            ("2026-10-11", Day::Weekend),
            ("2027-02-06", Day::Holiday),
            ("2025-10-01", Day::Ordinary),
        ] {
            assert_eq!(day(date(text), Tz::Asia__Shanghai, &[]), what, "{text}");
        }
        for (year, month, first) in WORKED {
            let weekday = NaiveDate::from_ymd_opt(year, month, first).unwrap().weekday();
            assert!(matches!(weekday, Weekday::Sat | Weekday::Sun), "only a weekend is made up for");
        }
        assert_eq!(day(date("2026-10-01"), Tz::Europe__Berlin, &[]), Day::Ordinary, "nor anywhere else");
    }

    #[test]
    fn a_tenant_adds_days_and_overrules_them() {
        let china = Calendar {
            region: "CN".to_owned(),
            zones: vec![Tz::Asia__Shanghai],
            holidays: [date("2027-02-09")].into(),
            working_days: [date("2027-02-08"), date("2027-02-20")].into(),
        };
        let day = |text: &str| day(date(text), Tz::Asia__Shanghai, std::slice::from_ref(&china));
        assert_eq!(day("2027-02-09"), Day::Holiday);
        assert_eq!(day("2027-02-08"), Day::Ordinary, "worked, whatever is built in");
        assert_eq!(day("2027-02-20"), Day::Ordinary, "a Saturday");
        assert_eq!(day("2027-02-05"), Day::Holiday, "what is not named stays");
    }
}
