//! Dates of many styles, see [`datetext`]; one that can be read in two ways is refused.

use chrono::{DateTime, LocalResult, TimeZone as _, Utc};
use datetext::{Date, Order, Reading};

use super::Fault;

/// The month of a time that has begun, such as `2015-03`; "" when nothing is said.
pub fn start_month(field: &'static str, raw: &str, order: Option<Order>) -> Result<String, Fault> {
    match read(field, raw, order)? {
        Reading::Nothing => Ok(String::new()),
        Reading::Date(date) => month(field, date),
        Reading::Open => Err(Fault::new(field, "DATE_INVALID", "must be a date; only an end can be open")),
    }
}

/// The month of a time that ended; "" when nothing is said or it goes on.
pub fn end_month(field: &'static str, raw: &str, order: Option<Order>) -> Result<String, Fault> {
    match read(field, raw, order)? {
        Reading::Nothing | Reading::Open => Ok(String::new()),
        Reading::Date(date) => month(field, date),
    }
}

fn month(field: &'static str, date: Date) -> Result<String, Fault> {
    let month = date.month.ok_or(Fault::new(field, "DATE_INVALID", "must name a month, such as 2015-03"))?;
    Ok(format!("{}-{month:02}", date.year))
}

/// The year of a date; 0 when nothing is said or it goes on.
pub fn year(field: &'static str, raw: &str, order: Option<Order>) -> Result<i32, Fault> {
    match read(field, raw, order)? {
        Reading::Nothing | Reading::Open => Ok(0),
        Reading::Date(date) => Ok(date.year),
    }
}

/// The moment of a date: where it has no time, its beginning in the zone. `None` when nothing is said.
pub fn instant(
    field: &'static str,
    raw: &str,
    order: Option<Order>,
    time_zone: &str,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let date = match read(field, raw, order)? {
        Reading::Nothing => return Ok(None),
        Reading::Open => return Err(Fault::new(field, "DATE_INVALID", "must be a date")),
        Reading::Date(date) if date.day.is_none() => {
            return Err(Fault::new(field, "DATE_INVALID", "must name a day, such as 2015-03-05"));
        }
        Reading::Date(date) => date,
    };
    let wall = date.first_moment();
    if let Some(offset) = date.offset {
        return Ok(Some(wall.and_utc() - chrono::TimeDelta::seconds(offset.into())));
    }
    let zone: chrono_tz::Tz = time_zone.parse().unwrap_or(chrono_tz::UTC);
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Ok(Some(time.to_utc())),
        // The clock was put forward over it.
        LocalResult::None => Ok(Some(wall.and_utc())),
    }
}

fn read(field: &'static str, raw: &str, order: Option<Order>) -> Result<Reading, Fault> {
    datetext::read(raw, order).map_err(|fault| match fault {
        datetext::Fault::Unreadable => Fault::new(field, "DATE_INVALID", "must be a date such as 2015-03-05"),
        datetext::Fault::Ambiguous => Fault::new(
            field,
            "DATE_AMBIGUOUS",
            "can be read in two ways; say `date_order` in a mapping, or write it as 2015-03-05",
        ),
        datetext::Fault::Impossible => {
            Fault::new(field, "DATE_INVALID", "is a day that there is not, or not between the years 1900 and 2200")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_what_is_kept() {
        assert_eq!(start_month("x", "Mar-15", None).as_deref(), Ok("2015-03"));
        assert_eq!(end_month("x", "至今", None).as_deref(), Ok(""));
        assert_eq!(start_month("x", "present", None).unwrap_err().reason, "DATE_INVALID");
        assert_eq!(start_month("x", "2015", None).unwrap_err().reason, "DATE_INVALID");
        assert_eq!(start_month("x", "5/3/2015", None).unwrap_err().reason, "DATE_AMBIGUOUS");
        assert_eq!(year("x", "２０１５年", None), Ok(2015));
        let at = |raw, zone| instant("x", raw, None, zone).map(|time| time.unwrap().to_rfc3339());
        assert_eq!(at("2015-03-05", "Asia/Shanghai").as_deref(), Ok("2015-03-04T16:00:00+00:00"));
        assert_eq!(at("2015-03-05T10:00:00+02:00", "Asia/Shanghai").as_deref(), Ok("2015-03-05T08:00:00+00:00"));
        assert_eq!(at("2015-03", "UTC").unwrap_err().reason, "DATE_INVALID");
        assert_eq!(instant("x", " ", None, "UTC"), Ok(None));
    }
}
