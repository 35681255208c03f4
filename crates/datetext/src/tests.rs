use proptest::prelude::*;

use super::*;

fn day(text: &str, order: Option<Order>) -> Result<String, Fault> {
    match read(text, order)? {
        Reading::Date(date) => {
            let month = date.month.map(|month| format!("-{month:02}")).unwrap_or_default();
            let day = date.day.map(|day| format!("-{day:02}")).unwrap_or_default();
            let time = date.time.map(|time| time.format(" %H:%M").to_string()).unwrap_or_default();
            let offset = date.offset.map(|offset| format!(" {offset}")).unwrap_or_default();
            Ok(format!("{}{month}{day}{time}{offset}", date.year))
        }
        other => Ok(format!("{other:?}")),
    }
}

#[test]
fn the_styles_that_need_no_order() {
    for (text, expected) in [
        ("2015-03-05", "2015-03-05"),
        ("２０１５／０３／０５", "2015-03-05"),
        ("2015.3.5", "2015-03-05"),
        ("20150305", "2015-03-05"),
        ("5-Mar-15", "2015-03-05"),
        ("5 March 2015", "2015-03-05"),
        ("Mar 5, 2015", "2015-03-05"),
        ("March 5th 2015", "2015-03-05"),
        ("Thu, 5 Mar 2015", "2015-03-05"),
        ("2015-Mar-05", "2015-03-05"),
        ("25 – Apr-16", "2016-04-25"),
        ("21-Apr -16", "2016-04-21"),
        ("25/12/2015", "2015-12-25"),
        ("12/25/2015", "2015-12-25"),
        ("05.05.2015", "2015-05-05"),
        ("2015年3月5日", "2015-03-05"),
        ("2015年3月5日（周四）", "2015-03-05"),
        ("２０１５年３月５号", "2015-03-05"),
        ("15年3月", "2015-03"),
        ("2015年3月", "2015-03"),
        ("2015年", "2015"),
        ("Mar 2015", "2015-03"),
        ("Mar-15", "2015-03"),
        ("2015 March", "2015-03"),
        ("03/2015", "2015-03"),
        ("2015-3", "2015-03"),
        ("2015.03", "2015-03"),
        ("201503", "2015-03"),
        ("2015", "2015"),
        ("42068", "2015-03-05"),
        ("42068.4375", "2015-03-05 10:30"),
        ("2015-03-05T10:30:00Z", "2015-03-05 10:30 0"),
        ("2015-03-05 10:30:15.250+08:00", "2015-03-05 10:30 28800"),
        ("2015-03-05T10:30-0330", "2015-03-05 10:30 -12600"),
        ("2015年3月5日下午3点", "2015-03-05 15:00"),
        ("2015年3月5日 15时30分", "2015-03-05 15:30"),
        ("28.8.2016 & 10.30 AM", "2016-08-28 10:30"),
        ("28.8.2016 & 04.00 PM", "2016-08-28 16:00"),
        ("28.8.2016 at 4 pm", "2016-08-28 16:00"),
        ("12:15 am, 5 Mar 2015", "2015-03-05 00:15"),
        ("present", "Open"),
        ("至今", "Open"),
        (" \u{3000}", "Nothing"),
    ] {
        assert_eq!(day(text, None).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn day_and_month_are_never_guessed() {
    for text in ["05/03/2015", "5.3.15", "04/12/16", "5-3-2015"] {
        assert_eq!(day(text, None), Err(Fault::Ambiguous), "{text}");
    }
    assert_eq!(day("05/03/2015", Some(Order::DayFirst)).as_deref(), Ok("2015-03-05"));
    assert_eq!(day("05/03/2015", Some(Order::MonthFirst)).as_deref(), Ok("2015-05-03"));
    assert_eq!(day("05/03/15", Some(Order::YearFirst)).as_deref(), Ok("2005-03-15"));
    assert_eq!(day("05/03/2015", Some(Order::YearFirst)), Err(Fault::Ambiguous));
    // What can be read in one way only is read so, whatever the order.
    assert_eq!(day("04/25/2016", Some(Order::DayFirst)).as_deref(), Ok("2016-04-25"));
    assert_eq!(day("30.1.16", Some(Order::DayFirst)).as_deref(), Ok("2016-01-30"));
    assert_eq!(day("1/1/69", Some(Order::DayFirst)).as_deref(), Ok("2069-01-01"));
    assert_eq!(day("1/1/70", Some(Order::DayFirst)).as_deref(), Ok("1970-01-01"));
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "soon",
        "5",
        "123",
        "1234567",
        "Mar 5",
        "5 Mar",
        "3/15",
        "1/2/3",
        "1.2.3.4",
        "2015-03-05-06",
        "=1+1",
        "\0",
        "2015-03-05 x",
        "10:30",
        "3月5日",
        "99999999999999999999",
        "2015年3月5日6",
        "5/3/015",
    ] {
        assert_eq!(day(text, Some(Order::DayFirst)), Err(Fault::Unreadable), "{text}");
    }
    for text in [
        "2015-02-29",
        "31.04.2015",
        "2015-13-01",
        "20151301",
        "1066-10-14",
        "2015年13月",
        "2015-03-05 25:00",
        "2015-03-05 13:00 am",
    ] {
        assert_eq!(day(text, Some(Order::DayFirst)), Err(Fault::Impossible), "{text}");
    }
    assert_eq!(day(&"1".repeat(200), None), Err(Fault::Unreadable));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics(text in "[0-9a-z年月日点上下午 ./:&+-]{0,24}|\\PC{0,40}") {
        for order in [None, Some(Order::DayFirst), Some(Order::MonthFirst), Some(Order::YearFirst)] {
            if let Ok(Reading::Date(date)) = read(&text, order) {
                prop_assert!((1900..=2200).contains(&date.year));
                prop_assert!(date.month.is_some() || date.day.is_none());
                prop_assert!(date.day.is_some() || date.time.is_none());
                prop_assert_eq!(chrono::Datelike::year(&date.first_moment().date()), date.year);
            }
        }
    }

    #[test]
    fn every_day_is_one_in_every_style(days in 0_i64..100_000) {
        let said = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::TimeDelta::days(days);
        let expected = said.format("%Y-%m-%d").to_string();
        for style in ["%Y-%m-%d", "%Y/%-m/%-d", "%d.%m.%Y", "%-d %b %Y", "%B %-d, %Y", "%Y年%-m月%-d日", "%Y%m%d", "%A, %d-%b-%Y"] {
            prop_assert_eq!(day(&said.format(style).to_string(), Some(Order::DayFirst)), Ok(expected.clone()), "{}", style);
        }
        prop_assert_eq!(day(&said.format("%m/%d/%Y").to_string(), Some(Order::MonthFirst)), Ok(expected));
    }
}
