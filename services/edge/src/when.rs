//! Times in words. A time is always told in the zone that it was meant in, with the zone named; the reader's own zone is
//! not guessed.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use crate::lang::Lang;

/// A span of time as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// For programs.
    pub machine: String,
    /// With weekday and year.
    pub date: String,
    /// From and to; only from where the duration is not known.
    pub time: String,
    /// The zone's name and offset at that time.
    pub zone: String,
    /// The offset alone.
    pub offset: String,
}

impl When {
    /// In words.
    pub fn new(lang: Lang, start: DateTime<Utc>, duration: Option<TimeDelta>, zone: Tz) -> Self {
        let local = start.with_timezone(&zone);
        let end = duration.filter(|span| !span.is_zero()).map(|span| (start + span).with_timezone(&zone));
        Self {
            machine: local.to_rfc3339(),
            date: date(lang, local.date_naive()),
            time: end.map_or_else(|| clock(local), |end| format!("{}–{}", clock(local), until(lang, local, end))),
            zone: zone_name(lang, local),
            offset: offset(local),
        }
    }
}

/// A zone by its IANA name. What is no zone is UTC, which is then also what the page says.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// An instant in one line: 12月3日 星期四 18:00.
pub fn point(lang: Lang, at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    match lang {
        Lang::Zh => format!("{} {} {}", local.format("%-m月%-d日"), weekday_zh(local.weekday()), clock(local)),
        Lang::En => local.format("%A, %-d %B, %H:%M").to_string(),
    }
}

/// A day in words: 2027年4月1日 星期四.
pub fn day(lang: Lang, day: NaiveDate) -> String {
    date(lang, day)
}

/// How long ago, roughly.
pub fn ago(lang: Lang, then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let span = now - then;
    let (count, zh, en) = match (span.num_minutes(), span.num_hours(), span.num_days()) {
        (..1, _, _) => return lang.pick("刚刚", "just now").to_owned(),
        (minutes, ..1, _) => (minutes, "分钟", "minute"),
        (_, hours, ..1) => (hours, "小时", "hour"),
        (_, _, days) => (days, "天", "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    match lang {
        Lang::Zh => format!("{count} {zh}前"),
        Lang::En => format!("{count} {en}{plural} ago"),
    }
}

fn date(lang: Lang, day: NaiveDate) -> String {
    match lang {
        Lang::Zh => format!("{} {}", day.format("%Y年%-m月%-d日"), weekday_zh(day.weekday())),
        Lang::En => day.format("%A, %-d %B %Y").to_string(),
    }
}

fn clock(local: DateTime<Tz>) -> String {
    local.format("%H:%M").to_string()
}

fn until(lang: Lang, start: DateTime<Tz>, end: DateTime<Tz>) -> String {
    match (end.date_naive() - start.date_naive()).num_days() {
        0 => clock(end),
        1 => lang.pick(format!("次日 {}", clock(end)), format!("{} (next day)", clock(end))),
        _ => point(lang, end.with_timezone(&Utc), end.timezone()),
    }
}

fn weekday_zh(day: Weekday) -> &'static str {
    ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"][day.num_days_from_monday() as usize]
}

/// Named as its readers name it: nobody in China says "Shanghai time".
fn zone_name(lang: Lang, local: DateTime<Tz>) -> String {
    let name = match (local.timezone(), lang) {
        (Tz::UTC, _) => return "UTC".to_owned(),
        (Tz::Asia__Shanghai, Lang::Zh) => "北京时间".to_owned(),
        (Tz::Asia__Shanghai, Lang::En) => "China Standard Time".to_owned(),
        (zone, _) => zone.name().replace('_', " "),
    };
    format!("{name} · {}", offset(local))
}

fn offset(local: DateTime<Tz>) -> String {
    format!("UTC{}", local.format("%:z"))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn tells_a_time_in_its_own_zone() {
        let start = at("2026-12-03T06:00:00Z");
        let zh = When::new(Lang::Zh, start, Some(TimeDelta::hours(1)), zone("Asia/Shanghai"));
        assert_eq!(
            (zh.date.as_str(), zh.time.as_str(), zh.zone.as_str()),
            ("2026年12月3日 星期四", "14:00–15:00", "北京时间 · UTC+08:00")
        );
        assert_eq!(zh.machine, "2026-12-03T14:00:00+08:00");
        let en = When::new(Lang::En, start, None, zone("America/New_York"));
        assert_eq!(
            (en.date.as_str(), en.time.as_str(), en.zone.as_str()),
            ("Thursday, 3 December 2026", "01:00", "America/New York · UTC-05:00")
        );
    }

    #[test]
    fn the_offset_is_that_of_the_day() {
        let offset = |text| When::new(Lang::En, at(text), None, zone("Europe/Berlin")).offset;
        assert_eq!(offset("2026-07-01T10:00:00Z"), "UTC+02:00");
        assert_eq!(offset("2026-12-01T10:00:00Z"), "UTC+01:00");
    }

    #[test]
    fn an_end_on_another_day_says_so() {
        let start = at("2026-12-03T15:30:00Z");
        let time = |lang, hours| When::new(lang, start, Some(TimeDelta::hours(hours)), zone("Asia/Shanghai")).time;
        assert_eq!(time(Lang::Zh, 1), "23:30–次日 00:30");
        assert_eq!(time(Lang::En, 1), "23:30–00:30 (next day)");
        assert_eq!(time(Lang::En, 48), "23:30–Saturday, 5 December, 23:30");
    }

    #[test]
    fn what_is_no_zone_is_told_in_utc() {
        let when = When::new(Lang::Zh, at("2026-12-03T06:00:00Z"), None, zone("Mars/Olympus"));
        assert_eq!((when.time.as_str(), when.zone.as_str()), ("06:00", "UTC"));
    }

    #[test]
    fn says_how_long_ago() {
        let now = Utc.timestamp_opt(1_000_000, 0).unwrap();
        for (seconds, zh, en) in [
            (-5, "刚刚", "just now"),
            (59, "刚刚", "just now"),
            (60, "1 分钟前", "1 minute ago"),
            (7_300, "2 小时前", "2 hours ago"),
            (90_000, "1 天前", "1 day ago"),
        ] {
            let then = now - TimeDelta::seconds(seconds);
            assert_eq!((ago(Lang::Zh, then, now).as_str(), ago(Lang::En, then, now).as_str()), (zh, en));
        }
    }
}
