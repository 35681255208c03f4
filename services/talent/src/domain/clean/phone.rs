//! Telephone numbers to E.164.

use phonenumber::{Mode, country};

use super::{Fault, place, text};

/// Cleans a number; an empty one stays empty. One without a country code is taken for one of the zone's country.
pub fn clean(raw: &str, time_zone: &str) -> Result<String, Fault> {
    let wrong = Fault::new(
        "phone",
        "PHONE_INVALID",
        "must be a telephone number, with its country code when it is a foreign one",
    );
    let written = text::clean("phone", raw, 40).map_err(|_| wrong)?;
    if written.is_empty() {
        return Ok(written);
    }
    let dialled = dialled(whole(&written)).ok_or(wrong)?;
    e164(&dialled, place::country(time_zone)).ok_or(wrong)
}

/// A number that a program took for a quantity has a decimal, which would be one digit more.
fn whole(written: &str) -> &str {
    match written.strip_suffix(".0") {
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => number,
        _ => written,
    }
}

/// The digits, and the plus in front of them when there is one. `None` when other things than digits and the usual
/// marks between them are written: an extension or a second number is nothing to guess about.
fn dialled(written: &str) -> Option<String> {
    let mut dialled = String::with_capacity(written.len());
    for character in written.chars() {
        match character {
            '0'..='9' => dialled.push(character),
            '+' if dialled.is_empty() => dialled.push('+'),
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => return None,
        }
    }
    Some(dialled)
}

fn e164(dialled: &str, country: Option<country::Id>) -> Option<String> {
    let number = phonenumber::parse(country, dialled).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_styles_are_one_number() {
        for raw in [
            "13800138000",
            "138-0013-8000",
            "138 0013 8000",
            "+86 138 0013 8000",
            "0086 138-0013-8000",
            "(+86)13800138000",
            "１３８００１３８０００",
            "＋８６１３８００１３８０００",
            "86 13800138000",
            "13800138000.0",
            "\u{202d}+86 138 0013 8000\u{202c}",
            "+86–138–0013–8000",
        ] {
            assert_eq!(clean(raw, "Asia/Shanghai").as_deref(), Ok("+8613800138000"), "{raw}");
        }
        for raw in ["020 7946 0958", "+44 20 7946 0958", "+44 (0)20 7946 0958", "(020) 7946-0958"] {
            assert_eq!(clean(raw, "Europe/London").as_deref(), Ok("+442079460958"), "{raw}");
        }
        assert_eq!(clean("(212) 555-0100", "America/New_York").as_deref(), Ok("+12125550100"));
        assert_eq!(clean("010-6552 9988", "Asia/Shanghai").as_deref(), Ok("+861065529988"));
        assert_eq!(clean("03012345.0", "Europe/Berlin"), clean("030 12345", "Europe/Berlin"), "no digit more");
        assert_eq!(clean("", "Asia/Shanghai").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for raw in [
            "1380013800",
            "138001380001",
            "call me",
            "13800138000 / 13900139000",
            "138x",
            "+",
            "000",
            "2",
            "=1+1",
            "138001380oo",
            "+8613800138000+",
            "\0",
        ] {
            assert!(clean(raw, "Asia/Shanghai").is_err(), "{raw}");
        }
        assert!(clean("13800138000", "Europe/London").is_err(), "a Chinese number needs its country code in London");
        assert!(clean("13800138000", "UTC").is_err(), "a zone without a country knows no national numbers");
        assert_eq!(clean("+8613800138000", "UTC").as_deref(), Ok("+8613800138000"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]
        #[test]
        fn nothing_panics_and_what_was_cleaned_is_clean(raw in "[+0-9０-９ ().-]{0,24}|\\PC{0,40}") {
            for zone in ["Asia/Shanghai", "Europe/London", "UTC"] {
                if let Ok(once) = clean(&raw, zone) {
                    prop_assert!(once.is_empty() || once.starts_with('+'));
                    prop_assert_eq!(clean(&once, zone), Ok(once));
                }
            }
        }

        #[test]
        fn every_mobile_number_of_china_is_one_in_every_style(rest in 0_u64..100_000_000) {
            let number = format!("139{rest:08}");
            let expected = format!("+86{number}");
            let spaced = format!("+86 {} {} {}", &number[..3], &number[3..7], &number[7..]);
            let dashed = format!("{}-{}-{}", &number[..3], &number[3..7], &number[7..]);
            for raw in [number.clone(), spaced, dashed, format!("0086{number}")] {
                prop_assert_eq!(clean(&raw, "Asia/Shanghai"), Ok(expected.clone()));
            }
        }
    }
}
