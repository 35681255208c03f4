//! Times as a reader of each language expects them: weekday, date, wall time, and the zone in which it is meant.

use chassis::{Error, Result};
use chrono::{DateTime, Datelike as _, Offset as _, TimeDelta, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;

const ZH_DAYS: [&str; 7] = ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"];

/// A zone of the IANA database.
pub fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        Error::invalid("facts.time_zone", "TIME_ZONE_UNKNOWN", "must be an IANA zone such as Asia/Shanghai")
    })
}

/// `Monday, 30 November 2026, 14:00 (Asia/Shanghai, UTC+08:00)`, `2026年11月30日（星期一）14:00（Asia/Shanghai，UTC+08:00）`
pub fn long(time: DateTime<Utc>, zone: Tz, language: &str) -> String {
    let local = time.with_timezone(&zone);
    let offset = local.offset().fix();
    if language == "zh-CN" {
        format!(
            "{}年{}月{}日（{}）{:02}:{:02}（{zone}，UTC{offset}）",
            local.year(),
            local.month(),
            local.day(),
            zh_day(local.weekday()),
            local.hour(),
            local.minute()
        )
    } else {
        format!("{} ({zone}, UTC{offset})", local.format("%A, %-d %B %Y, %H:%M"))
    }
}

/// `Mon 30 Nov, 14:00`, `11月30日（星期一）14:00`
pub fn short(time: DateTime<Utc>, zone: Tz, language: &str) -> String {
    let local = time.with_timezone(&zone);
    if language == "zh-CN" {
        format!(
            "{}月{}日（{}）{:02}:{:02}",
            local.month(),
            local.day(),
            zh_day(local.weekday()),
            local.hour(),
            local.minute()
        )
    } else {
        local.format("%a %-d %b, %H:%M").to_string()
    }
}

/// The name of a day of the week.
pub fn zh_day(day: Weekday) -> &'static str {
    let day = day.num_days_from_monday();
    ZH_DAYS.get(usize::try_from(day).unwrap_or_default()).copied().unwrap_or_default()
}

/// `1 hour 30 minutes`, `1小时30分钟`
pub fn duration(span: TimeDelta, language: &str) -> String {
    let (hours, minutes) = (span.num_hours(), span.num_minutes() % 60);
    let chinese = language == "zh-CN";
    let unit = |amount: i64, one: &str, many: &str, zh: &str| match amount {
        0 => String::new(),
        _ if chinese => format!("{amount}{zh}"),
        1 => format!("1 {one}"),
        _ => format!("{amount} {many}"),
    };
    let parts = [unit(hours, "hour", "hours", "小时"), unit(minutes, "minute", "minutes", "分钟")];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join(if chinese { "" } else { " " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_time_names_its_zone_and_follows_its_summer() {
        let winter: DateTime<Utc> = "2026-12-01T06:00:00Z".parse().unwrap();
        assert_eq!(
            long(winter, chrono_tz::Asia::Shanghai, "zh-CN"),
            "2026年12月1日（星期二）14:00（Asia/Shanghai，UTC+08:00）"
        );
        assert_eq!(
            long(winter, chrono_tz::Europe::Berlin, "en"),
            "Tuesday, 1 December 2026, 07:00 (Europe/Berlin, UTC+01:00)"
        );
        let summer: DateTime<Utc> = "2026-07-01T06:00:00Z".parse().unwrap();
        assert!(long(summer, chrono_tz::Europe::Berlin, "en").contains("08:00 (Europe/Berlin, UTC+02:00)"));
        assert_eq!(duration(TimeDelta::minutes(90), "en"), "1 hour 30 minutes");
        assert_eq!(duration(TimeDelta::minutes(45), "zh-CN"), "45分钟");
    }
}
