//! By what a person may be known again: the name in each of its spellings, employers and schools.
//!
//! Everything is compared in its folded form: without case, accents, width, and difference of traditional and simplified
//! characters. A Chinese name is also what it is in Latin letters; of a name in Latin letters nobody knows which part is
//! the surname, so it is one word with either end first. Nicknames are none of it: 小王 is nobody in particular.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    analysis::{folded, romanised},
    candidate::Profile,
    city,
};

/// So many employers and schools are looked at, the latest first.
const MOST: usize = 20;
/// The longest name of a person, an employer or a school that is compared, in characters.
const LONGEST: usize = 120;

/// What follows an employer's own name, longest first where one ends in another.
const SUFFIXES: &[&str] = &[
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "集团公司",
    "公司",
    "集团",
    "incorporated",
    "corporation",
    "limited",
    "company",
    "pteltd",
    "coltd",
    "gmbh",
    "group",
    "corp",
    "inc",
    "llc",
    "ltd",
    "plc",
    "co",
    "ag",
    "kg",
    "sa",
    "bv",
];

/// A span of time in whatever unit, both ends in it; `None` where an end is not known.
pub type Span = (Option<i32>, Option<i32>);

/// A person as compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The name in Chinese characters; empty when there are none.
    pub han: String,
    /// The name in Latin letters, each spelling as one word.
    pub latin: BTreeSet<String>,
    /// With the months at each, counted from the year 0.
    pub employers: BTreeMap<String, BTreeSet<Span>>,
    /// With the years at each.
    pub schools: BTreeMap<String, BTreeSet<Span>>,
    pub city: String,
    pub title: String,
    /// 0 when it is not known.
    pub years: u8,
}

impl Identity {
    pub fn of(profile: &Profile) -> Self {
        let (han, latin) = name(&profile.display_name);
        let mut employers: BTreeMap<String, BTreeSet<Span>> = BTreeMap::new();
        if let Some(key) = employer(&profile.company) {
            employers.entry(key).or_default();
        }
        for one in profile.employment.iter().take(MOST) {
            let Some(key) = employer(&one.company) else { continue };
            employers.entry(key).or_default().insert((month(&one.start_month), month(&one.end_month)));
        }
        let mut schools: BTreeMap<String, BTreeSet<Span>> = BTreeMap::new();
        for one in profile.education.iter().take(MOST) {
            let key = letters(&one.school);
            if !key.is_empty() {
                schools.entry(key).or_default().insert((year(one.start_year), year(one.end_year)));
            }
        }
        Self {
            han,
            latin,
            employers,
            schools,
            city: city::key(&profile.city),
            title: letters(&profile.title),
            years: profile.years,
        }
    }

    /// Who shares one of these may be the same person: a spelling of the name with an employer or a school.
    pub fn keys(&self) -> BTreeSet<String> {
        let names: Vec<&String> = if self.latin.is_empty() { vec![&self.han] } else { self.latin.iter().collect() };
        let employers = self.employers.keys().map(|key| ("e", key));
        let schools = self.schools.keys().map(|key| ("s", key));
        let places: Vec<_> = employers.chain(schools).collect();
        let pairs = names
            .into_iter()
            .filter(|name| !name.is_empty())
            .flat_map(|name| places.iter().map(move |(kind, place)| format!("{name}|{kind}:{place}")));
        pairs.collect()
    }
}

/// A name in Chinese characters and in Latin letters. What somebody writes in Latin letters beside Chinese characters counts
/// as they write it.
fn name(display_name: &str) -> (String, BTreeSet<String>) {
    let folded: String = folded(display_name).chars().take(LONGEST).collect();
    let han: String = folded.chars().filter(|character| is_han(*character)).collect();
    let apart = folded.replace(|character: char| !character.is_alphanumeric() || is_han(character), " ");
    let words: Vec<&str> = apart.split_whitespace().collect();
    let mut latin: BTreeSet<String> = orders(&words);
    if !han.is_empty() {
        latin.extend(romanised(display_name));
    }
    (han, latin)
}

/// Words as one, with the first one first, last, and the last one first.
fn orders(words: &[&str]) -> BTreeSet<String> {
    let Some(last) = words.len().checked_sub(1) else { return BTreeSet::new() };
    let turned = |by: usize| words.iter().cycle().skip(by).take(words.len()).copied().collect::<String>();
    [0, 1, last].into_iter().map(turned).collect()
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters and digits, folded.
fn letters(text: &str) -> String {
    folded(text).chars().filter(|character| character.is_alphanumeric()).take(LONGEST).collect()
}

/// An employer without what is in brackets (a place, mostly) and without what says that it is a company; `None` when
/// nothing is left.
fn employer(company: &str) -> Option<String> {
    let folded = folded(company);
    let mut depth = 0_u32;
    let mut outside = String::new();
    for character in folded.chars() {
        match character {
            '(' | '[' | '（' | '【' => depth += 1,
            ')' | ']' | '）' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ => {}
        }
    }
    let whole = letters(if outside.trim().is_empty() { &folded } else { &outside });
    let mut name = whole.as_str();
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| without(&outside, name, suffix)) {
        name = shorter;
    }
    (!name.is_empty()).then(|| name.to_owned())
}

/// A name without a suffix that is not all of it. One in Latin letters has to stand for itself: `Texaco` has no `co`.
fn without<'a>(written: &str, name: &'a str, suffix: &str) -> Option<&'a str> {
    let shorter = name.strip_suffix(suffix).filter(|shorter| !shorter.is_empty())?;
    let stands_alone = || {
        let words: Vec<String> = written.split(|one: char| !one.is_alphanumeric() && one != '.').map(letters).collect();
        words.iter().any(|word| word == suffix) || suffix == "coltd" || suffix == "pteltd"
    };
    (!suffix.is_ascii() || stands_alone()).then_some(shorter)
}

/// Months since the year 0.
fn month(text: &str) -> Option<i32> {
    let (year, month) = text.split_once('-')?;
    Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
}

fn year(year: u16) -> Option<i32> {
    (year > 0).then_some(year.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Identity {
        Identity::of(&Profile { display_name: name.to_owned(), ..Profile::unknown() })
    }

    #[test]
    fn a_name_is_one_however_it_is_written() {
        for (one, other) in [
            ("王小明", "Wang Xiaoming"),
            ("王小明", "XIAOMING WANG"),
            ("王小明", "Wang, Xiao-Ming"),
            ("王小明", "wáng xiǎo míng"),
            ("呂小明", "Lv Xiaoming"),
            ("Smith, Anna", "Anna Smith"),
            ("王小明 (Leo Wang)", "Leo Wang"),
        ] {
            let (one, other) = (named(one), named(other));
            assert!(one.latin.intersection(&other.latin).next().is_some(), "{one:?} {other:?}");
        }
        assert_eq!(named("張偉").han, named("张伟").han);
        assert_ne!(named("王晓明").han, named("王小明").han);
        assert!(named("Anna Smith").latin.is_disjoint(&named("Anna Schmidt").latin));
    }

    #[test]
    fn an_employer_is_one_whatever_its_form() {
        for name in
            ["晨光科技", "晨光科技有限公司", "晨光科技（上海）有限公司", "晨光科技股份有限公司", "晨光科技集团有限公司"]
        {
            assert_eq!(employer(name).as_deref(), Some("晨光科技"), "{name}");
        }
        for name in ["Acme", "ACME Ltd.", "Acme Co., Ltd.", "Acme, Inc.", "Acme GmbH", "acme (China) Limited"] {
            assert_eq!(employer(name).as_deref(), Some("acme"), "{name}");
        }
        assert_eq!(employer("Texaco").as_deref(), Some("texaco"));
        assert_eq!(employer("集团").as_deref(), Some("集团"));
        assert_eq!(employer(" . "), None);
    }

    #[test]
    fn a_name_alone_is_no_key() {
        assert!(named("张伟").keys().is_empty());
        let someone = Profile { company: "Acme".to_owned(), display_name: "张伟".to_owned(), ..Profile::unknown() };
        assert_eq!(
            Identity::of(&someone).keys().into_iter().collect::<Vec<_>>(),
            ["weizhang|e:acme", "zhangwei|e:acme"]
        );
    }
}
