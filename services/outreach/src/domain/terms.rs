//! Days, salaries and kinds of employment as a reader of each language expects them.

use chassis::{Error, Result};
use chrono::{Datelike as _, NaiveDate};
use usher_proto::outreach::v1::MessageFacts;

use super::when;

/// `Tuesday, 15 December 2026`, `2026年12月15日（星期二）`; nothing for nothing.
pub fn day(field: &str, text: &str, language: &str) -> Result<String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let day: NaiveDate = text
        .parse()
        .map_err(|_| Error::invalid(field, "DATE_INVALID", "must be a day of the calendar, as YYYY-MM-DD"))?;
    Ok(if language == "zh-CN" {
        format!("{}年{}月{}日（{}）", day.year(), day.month(), day.day(), when::zh_day(day.weekday()))
    } else {
        day.format("%A, %-d %B %Y").to_string()
    })
}

/// `CNY 25,000.00 per month`, `CNY 25,000.00 / 月`; nothing for nothing.
pub fn salary(amount: &str, currency: &str, period: &str, language: &str) -> String {
    if amount.is_empty() {
        return String::new();
    }
    let (whole, fraction) = amount.split_at(amount.find('.').unwrap_or(amount.len()));
    let amount = format!("{currency} {}{fraction}", grouped(whole));
    let (zh, en) = match period {
        "hour" => ("小时", "hour"),
        "day" => ("天", "day"),
        "week" => ("周", "week"),
        "month" => ("月", "month"),
        "year" => ("年", "year"),
        _ => return amount,
    };
    if language == "zh-CN" { format!("{amount} / {zh}") } else { format!("{amount} per {en}") }
}

/// `full-time`, `全职`; nothing for what nobody knows.
pub fn employment_type(word: &str, language: &str) -> &'static str {
    let (zh, en) = match word {
        "full_time" => ("全职", "full-time"),
        "part_time" => ("兼职", "part-time"),
        "contract" => ("合同制", "contract"),
        "temporary" => ("临时", "temporary"),
        "internship" => ("实习", "internship"),
        _ => ("", ""),
    };
    if language == "zh-CN" { zh } else { en }
}

/// What the reader has still to do, in their language where it is there.
pub fn checklist<'facts>(facts: &'facts MessageFacts, language: &str) -> &'facts [String] {
    if language == "zh-CN" && !facts.checklist_zh.is_empty() { &facts.checklist_zh } else { &facts.checklist }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_groups_of_three() {
        for (amount, told) in
            [("5", "5"), ("999.50", "999.50"), ("1000", "1,000"), ("25000.00", "25,000.00"), ("1234567", "1,234,567")]
        {
            assert_eq!(salary(amount, "USD", "year", "en"), format!("USD {told} per year"));
        }
        assert_eq!(salary("", "USD", "year", "en"), "");
    }

    #[test]
    fn a_day_that_the_calendar_does_not_have_is_refused() {
        assert_eq!(day("x", "2026-12-15", "en").unwrap(), "Tuesday, 15 December 2026");
        assert_eq!(day("x", "2026-02-30", "en").unwrap_err().reason(), "DATE_INVALID");
    }
}
