//! The half-open period of a report, in its own time zone, whole or cut into parts.

use chassis::{Error, Result, wire};
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;
use usher_proto::analytics::v1::{self as pb, Interval};

use super::grain::{self, QUARTER};

/// A period has at most so many parts.
const MOST_PARTS: usize = 400;
/// Nothing is counted before this year, and nothing from the other one on.
const YEARS: (i32, i32) = (1900, 2200);

/// From the first instant until before the second; unset ends are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub zone: Tz,
}

/// A part of a period, in quarters of an hour since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The first day, where the period is cut; empty where it is whole.
    pub start: String,
    pub from: i32,
    pub until: i32,
}

impl Period {
    /// From a request.
    pub fn of(asked: Option<&pb::Period>) -> Result<Self> {
        let Some(asked) = asked else { return Ok(Self { from: None, until: None, zone: Tz::UTC }) };
        let zone = zone(&asked.time_zone)?;
        let period = Self {
            from: end(zone, "start", asked.start_time.as_ref(), &asked.start_date)?,
            until: end(zone, "end", asked.end_time.as_ref(), &asked.end_date)?,
            zone,
        };
        match (period.from, period.until) {
            (Some(from), Some(until)) if from >= until => {
                let field = if asked.end_date.is_empty() { "query.period.end_time" } else { "query.period.end_date" };
                Err(Error::invalid(field, "PERIOD_REVERSED", "must come after the period's start"))
            }
            _ => Ok(period),
        }
    }

    /// As an answer tells it.
    pub fn told(&self) -> pb::Period {
        let date = |time: Option<DateTime<Utc>>| {
            let local = time.map(|time| time.with_timezone(&self.zone));
            let midnight = local.filter(|local| is_first(*local));
            midnight.map(|local| local.date_naive().to_string()).unwrap_or_default()
        };
        pb::Period {
            start_time: self.from.map(wire::timestamp),
            end_time: self.until.map(wire::timestamp),
            start_date: date(self.from),
            end_date: date(self.until),
            time_zone: self.zone.name().to_owned(),
        }
    }

    /// The whole, or the parts that it is cut into; the first and the last one are as long as the period lets them be.
    pub fn parts(&self, interval: Interval) -> Result<Vec<Part>> {
        if interval == Interval::Unspecified {
            return Ok(vec![Part { start: String::new(), from: self.first(), until: self.past() }]);
        }
        let (Some(from), Some(until)) = (self.from, self.until) else {
            let detail = "a period that is cut needs both ends";
            return Err(Error::invalid("query.period", "PERIOD_OPEN", detail));
        };
        let mut parts = Vec::new();
        let mut day = begin(from.with_timezone(&self.zone).date_naive(), interval);
        loop {
            let next = next(day, interval);
            let (begins, ends) = (midnight(self.zone, day).max(from), midnight(self.zone, next).min(until));
            if begins >= until {
                return Ok(parts);
            }
            if begins < ends {
                let start = begins.with_timezone(&self.zone).date_naive().to_string();
                parts.push(Part { start, from: grain::quarter(begins), until: grain::quarter(ends) });
            }
            if parts.len() > MOST_PARTS {
                let detail = format!("cuts the period into more than {MOST_PARTS} parts; take a coarser one");
                return Err(Error::invalid("query.interval", "INTERVALS_TOO_MANY", detail));
            }
            day = next;
        }
    }

    fn first(&self) -> i32 {
        grain::quarter(self.from.unwrap_or_else(|| new_year(YEARS.0)))
    }

    fn past(&self) -> i32 {
        grain::quarter(self.until.unwrap_or_else(|| new_year(YEARS.1)))
    }
}

fn new_year(year: i32) -> DateTime<Utc> {
    // Both years are of the calendar.
    Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().unwrap_or_default()
}

fn zone(name: &str) -> Result<Tz> {
    if name.is_empty() {
        return Ok(Tz::UTC);
    }
    name.parse().map_err(|_| {
        let detail = "is no zone of the IANA database, such as Asia/Shanghai";
        Error::invalid("query.period.time_zone", "TIME_ZONE_UNKNOWN", detail)
    })
}

fn end(zone: Tz, which: &str, time: Option<&prost_types::Timestamp>, date: &str) -> Result<Option<DateTime<Utc>>> {
    let (of_time, of_date) = (format!("query.period.{which}_time"), format!("query.period.{which}_date"));
    match (time, date) {
        (Some(_), date) if !date.is_empty() => {
            let detail = format!("says the same as {which}_time; leave one of them out");
            Err(Error::invalid(&of_date, "PERIOD_AMBIGUOUS", detail))
        }
        (Some(time), _) => {
            let time = wire::instant(&of_time, time)?;
            if time.timestamp() % QUARTER != 0 || time.timestamp_subsec_nanos() != 0 {
                let detail = "must be on a whole quarter of an hour, as days of every time zone are";
                return Err(Error::invalid(&of_time, "PERIOD_UNALIGNED", detail));
            }
            in_range(&of_time, time).map(Some)
        }
        (None, "") => Ok(None),
        (None, date) => {
            let day = date.parse::<NaiveDate>();
            let day = day.map_err(|_| Error::invalid(&of_date, "DATE_INVALID", "is no day of the calendar"))?;
            in_range(&of_date, midnight(zone, day)).map(Some)
        }
    }
}

fn in_range(field: &str, time: DateTime<Utc>) -> Result<DateTime<Utc>> {
    if (YEARS.0..YEARS.1).contains(&time.year()) {
        return Ok(time);
    }
    let detail = format!("must lie between the years {} and {}", YEARS.0, YEARS.1);
    Err(Error::invalid(field, "TIMESTAMP_OUT_OF_RANGE", detail))
}

/// The first instant of a day. Where clocks go forward at midnight it begins later than 0:00; where they go back, at the
/// earlier of the two.
fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let mut wall = day.and_time(chrono::NaiveTime::MIN);
    // No gap of any zone is longer than a day.
    for _ in 0..=IN_DAY {
        if let Some(time) = zone.from_local_datetime(&wall).earliest() {
            return rounded(time.with_timezone(&Utc));
        }
        wall += chrono::TimeDelta::seconds(QUARTER);
    }
    wall.and_utc()
}

const IN_DAY: i32 = 96;

/// Before about 1972 some zones were odd seconds away from UTC; their days begin at the quarter before.
fn rounded(time: DateTime<Utc>) -> DateTime<Utc> {
    grain::instant(grain::quarter(time))
}

fn is_first(local: DateTime<Tz>) -> bool {
    midnight(local.timezone(), local.date_naive()) == local
}

/// The first day of the interval in which a day lies.
fn begin(day: NaiveDate, interval: Interval) -> NaiveDate {
    let first_of = |month: u32| NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
    match interval {
        Interval::Unspecified | Interval::Day => day,
        Interval::Week => day - Days::new(day.weekday().num_days_from_monday().into()),
        Interval::Month => first_of(day.month()),
        Interval::Quarter => first_of(day.month0() / 3 * 3 + 1),
        Interval::Year => first_of(1),
    }
}

fn next(day: NaiveDate, interval: Interval) -> NaiveDate {
    match interval {
        Interval::Unspecified | Interval::Day => day + Days::new(1),
        Interval::Week => day + Days::new(7),
        Interval::Month => day + Months::new(1),
        Interval::Quarter => day + Months::new(3),
        Interval::Year => day + Months::new(12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(start: &str, end: &str, zone: &str) -> Result<Period> {
        Period::of(Some(&pb::Period {
            start_date: start.to_owned(),
            end_date: end.to_owned(),
            time_zone: zone.to_owned(),
            ..pb::Period::default()
        }))
    }

    fn starts(start: &str, end: &str, zone: &str, interval: Interval) -> Vec<String> {
        let parts = of(start, end, zone).unwrap().parts(interval).unwrap();
        for (one, other) in parts.iter().zip(&parts[1..]) {
            assert_eq!(one.until, other.from);
        }
        parts.into_iter().map(|part| part.start).collect()
    }

    #[test]
    fn days_begin_where_the_zone_says() {
        let period = of("2026-03-01", "2026-04-01", "Asia/Shanghai").unwrap();
        assert_eq!(period.from, Some("2026-02-28T16:00:00Z".parse().unwrap()));
        assert_eq!(period.told().start_date, "2026-03-01");
        let period = of("2026-03-01", "2026-04-01", "Asia/Kathmandu").unwrap();
        assert_eq!(period.from, Some("2026-02-28T18:15:00Z".parse().unwrap()));
        // Chile goes forward at midnight: that day begins at one o'clock.
        let period = of("2026-09-06", "2026-09-07", "America/Santiago").unwrap();
        assert_eq!(period.from, Some("2026-09-06T04:00:00Z".parse().unwrap()));
    }

    #[test]
    fn parts_are_of_the_calendar_and_end_with_the_period() {
        assert_eq!(
            starts("2026-01-15", "2026-03-10", "UTC", Interval::Month),
            ["2026-01-15", "2026-02-01", "2026-03-01"]
        );
        assert_eq!(
            starts("2026-07-01", "2026-07-14", "UTC", Interval::Week),
            ["2026-07-01", "2026-07-06", "2026-07-13"]
        );
        assert_eq!(
            starts("2025-11-01", "2026-05-01", "UTC", Interval::Quarter),
            ["2025-11-01", "2026-01-01", "2026-04-01"]
        );
        assert_eq!(starts("2026-03-28", "2026-03-31", "Europe/Berlin", Interval::Day).len(), 3);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let reason = |period: Result<Period>| period.unwrap_err().reason().to_owned();
        assert_eq!(reason(of("2026-03-01", "2026-03-01", "UTC")), "PERIOD_REVERSED");
        assert_eq!(reason(of("2026-02-30", "", "UTC")), "DATE_INVALID");
        assert_eq!(reason(of("2026-02-01", "", "Mars/Base")), "TIME_ZONE_UNKNOWN");
        assert_eq!(reason(of("0026-02-01", "", "")), "TIMESTAMP_OUT_OF_RANGE");
        let odd =
            pb::Period { start_time: Some(prost_types::Timestamp { seconds: 7, nanos: 0 }), ..pb::Period::default() };
        assert_eq!(reason(Period::of(Some(&odd))), "PERIOD_UNALIGNED");
        let both = pb::Period { start_date: "2026-01-01".to_owned(), ..odd };
        assert_eq!(reason(Period::of(Some(&both))), "PERIOD_AMBIGUOUS");
        let open = of("2026-01-01", "", "").unwrap().parts(Interval::Month);
        assert_eq!(open.unwrap_err().reason(), "PERIOD_OPEN");
        let long = of("2000-01-01", "2026-01-01", "").unwrap().parts(Interval::Day);
        assert_eq!(long.unwrap_err().reason(), "INTERVALS_TOO_MANY");
    }
}
