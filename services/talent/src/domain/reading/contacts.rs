//! E-mail addresses and telephone numbers in a text.
//!
//! A number in a résumé is more often a date, a sum or an identity card than a telephone. So a number counts only when
//! it has the form of a Chinese mobile number, begins with the plus of a country code, or stands behind a word that
//! says what it is. What is found keeps its spelling and its place: it is evidence, to be cleaned and judged elsewhere.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::evidence::{Evidence, collect};

/// What a text holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// In the order of the text, each spelling once.
    pub emails: Vec<Evidence>,
    /// In the order of the text, each spelling once.
    pub phones: Vec<Evidence>,
}

const EMAIL: &str = r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}";
const CHINESE_MOBILE: &str = r"(?:(?:\+|00)?86[ -]?|\(\+?86\) ?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}";
const WITH_COUNTRY: &str = r"\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,5}\)?){2,6}";
const LABEL: &str =
    r"(?i:电话|手机|電話|手機|联系方式|聯絡方式|\btel(?:ephone)?|\bphone|\bmobile|\bcell)[ \t.]{0,2}[:：]?[ \t]{0,2}";
const ANY: &str = r"[0-9(][0-9() .-]{5,20}[0-9]";

static EMAILS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(EMAIL).ok());
/// The stricter forms come first: behind a label, too, a number should not swallow the year that follows it.
static PHONES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("(?:{LABEL})?({CHINESE_MOBILE}|{WITH_COUNTRY})|{LABEL}({ANY})")).ok());

/// The addresses and numbers of a text.
pub fn contacts_in(text: &str) -> Found {
    Found { emails: emails(text), phones: phones(text) }
}

fn emails(text: &str) -> Vec<Evidence> {
    let spans = EMAILS.iter().flat_map(|form| form.find_iter(text)).map(|found| found.range());
    let is_address = |span: &Range<usize>| {
        let local = text.get(span.clone()).and_then(|address| address.split('@').next()).unwrap_or_default();
        !local.starts_with('.') && !local.ends_with('.') && !local.contains("..") && is_alone(text, span)
    };
    collect(text, spans.filter(is_address))
}

fn phones(text: &str) -> Vec<Evidence> {
    let found = PHONES.iter().flat_map(|form| form.captures_iter(text));
    let spans = found.filter_map(|found| found.iter().skip(1).flatten().next().map(|number| number.range()));
    let is_number = |span: &Range<usize>| {
        let digits = text.get(span.clone()).map_or(0, |number| number.bytes().filter(u8::is_ascii_digit).count());
        (7..=15).contains(&digits) && is_alone(text, span)
    };
    collect(text, spans.filter(is_number))
}

/// Not a piece of a longer word or number.
fn is_alone(text: &str, span: &Range<usize>) -> bool {
    let before = text.get(..span.start).and_then(|before| before.chars().next_back());
    let after = text.get(span.end..).and_then(|after| after.chars().next());
    ![before, after].into_iter().flatten().any(|character| character.is_ascii_alphanumeric() || character == '@')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelled(evidence: &[Evidence]) -> Vec<&str> {
        evidence.iter().map(|found| found.text.as_str()).collect()
    }

    #[test]
    fn the_forms_are_sound() {
        assert!(EMAILS.is_some() && PHONES.is_some());
    }

    #[test]
    fn addresses_in_both_languages() {
        let text = "邮箱：lilei@example.cn，备用 li.lei+hr@mail.example.com。Mail: <Ann_Lee@Example.co.uk>.\n\
                    not: @example.com, a@b, .x@example.com, x..y@example.com, lilei@example.cn";
        let found = contacts_in(text);
        assert_eq!(spelled(&found.emails), ["lilei@example.cn", "li.lei+hr@mail.example.com", "Ann_Lee@Example.co.uk"]);
        assert!(found.emails.iter().all(|email| text[email.span.clone()] == email.text));
    }

    #[test]
    fn numbers_in_both_languages() {
        for number in [
            "13800138000",
            "138-0013-8000",
            "138 0013 8000",
            "+86 138 0013 8000",
            "+86-13800138000",
            "(+86)13800138000",
            "0086 13800138000",
            "+44 20 7946 0958",
            "+1 (212) 555-0100",
            "+852 5123 4567",
        ] {
            assert_eq!(spelled(&contacts_in(&format!("李雷 {number} 上海")).phones), [number]);
            assert_eq!(spelled(&contacts_in(&format!("手机：{number}，上海")).phones), [number]);
        }
        assert_eq!(spelled(&contacts_in("电话：010-6552 9988").phones), ["010-6552 9988"]);
        assert_eq!(spelled(&contacts_in("Tel. (020) 7946 0958").phones), ["(020) 7946 0958"]);
    }

    #[test]
    fn other_numbers_are_none() {
        for text in [
            "2018-2020",
            "2018.09 - 2022.06",
            "身份证 110101199001011234",
            "revenue 12000000",
            "ISBN 978-7-111-40701-0",
            "QQ 138001380001",
            "+10% in 2020",
            "A13800138000",
            "phone app, 2020",
        ] {
            assert_eq!(spelled(&contacts_in(text).phones), Vec::<&str>::new(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_found_stands_there(text in "([a-z@.+0-9() -]|手机：|\\PC){0,120}") {
            let Found { emails, phones } = contacts_in(&text);
            for found in emails.iter().chain(&phones) {
                prop_assert_eq!(text.get(found.span.clone()), Some(found.text.as_str()));
            }
        }
    }
}
