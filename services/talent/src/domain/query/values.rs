//! What may stand behind a field's colon.

use super::{
    fields::{Field, has_synonyms},
    lexer::Token,
    times::{self, Time},
};
use crate::{
    domain::analysis::{folded, words, written},
    domain::city,
    domain::clean,
    domain::query::Context,
    domain::query::{Condition, Dimension, Keyword, Number, TextField},
    domain::skills,
};

type Message = &'static str;

pub(super) const NOTHING: Message = "there is nothing to look for in this";
const NO_RANGE: Message = "this is no number or range; write 5, 5..10, >=5 or <5";
const NO_TIME: Message = "this is no time; write 2025, 2025-03, 2025-03-01, 2025-01..2025-06, <90d or >6m";
const NO_AGE: Message = "an age needs a sign: <90d is less than 90 days ago, >90d is longer ago";
const TWO_KINDS: Message = "a range goes from a date to a date or from an age to an age";
const WRONG_WAY: Message = "this range is the wrong way round";
const NOBODY: Message = "this is true of nobody";
const NO_YEARS: Message = "the years of a skill are written >=5 or >5 behind it";

/// A value: a word, or a phrase in quotes.
pub(super) struct Value<'a> {
    pub text: &'a str,
    pub is_quoted: bool,
}

impl<'a> Value<'a> {
    /// `None` for a token that is no value.
    pub fn of(token: &'a Token) -> Option<Self> {
        match token {
            Token::Word(text) => Some(Self { text, is_quoted: false }),
            Token::Phrase(text) => Some(Self { text, is_quoted: true }),
            _ => None,
        }
    }

    /// What it asks for in a field.
    pub fn condition(&self, field: Field, context: &Context) -> Result<Condition, Message> {
        match field {
            Field::Text(field) => self.text(field, context),
            Field::Skill => self.skill(),
            Field::City => Ok(Condition::City(some(city::key(&cleaned(self.text)?))?)),
            Field::Tag => self.tag(),
            Field::Keyword(keyword) => Ok(Condition::Keyword(keyword, code(keyword, self.text)?)),
            Field::Number(number) => self.range(number, context.now),
        }
    }

    fn text(&self, field: TextField, context: &Context) -> Result<Condition, Message> {
        let phrase = words(self.text);
        if phrase.is_empty() {
            return Err(NOTHING);
        }
        let is_exact = self.is_quoted && written(&phrase).len() == 1;
        let is_alone = is_exact || !has_synonyms(field);
        let variants = if is_alone { vec![phrase] } else { context.synonyms.variants(&phrase) };
        Ok(Condition::Text(field, variants))
    }

    /// `java`, `java>=5`, `java>5`. In quotes the signs belong to the name.
    fn skill(&self) -> Result<Condition, Message> {
        let text = signs(self.text);
        let (name, years) = match text.find(['<', '>']) {
            Some(at) if !self.is_quoted => text.split_at_checked(at).ok_or(NO_YEARS)?,
            _ => (self.text, ""),
        };
        Ok(Condition::Skill { key: some(skills::key(&cleaned(name)?))?, min_years: min_years(years)? })
    }

    /// `status/dormant_3_months`, or a name of whatever dimension.
    fn tag(&self) -> Result<Condition, Message> {
        const NO_DIMENSION: Message = "before the / stands skill, intent, interaction or status";
        let text = cleaned(self.text)?;
        let (dimension, name) = match text.split_once('/') {
            Some((dimension, name)) => (Some(dimension_named(dimension).ok_or(NO_DIMENSION)?), name),
            None => (None, text.as_str()),
        };
        Ok(Condition::Tag(dimension, some(tag_name(name))?))
    }

    fn range(&self, number: Number, now: i64) -> Result<Condition, Message> {
        let text = folded(&signs(self.text));
        let (first, last) = match number {
            Number::Years | Number::Engagement => numbers(&Range::of(text.trim()))?,
            Number::LastActivity | Number::Created | Number::Updated => moments(&Range::of(text.trim()), now)?,
        };
        Ok(Condition::Range(number, first, last))
    }
}

/// Whether a word outside of any field compares something: `java>=5`.
pub(super) fn is_comparison(word: &str) -> bool {
    let word = signs(word);
    word.split_once(['<', '>']).is_some_and(|(_, rest)| {
        rest.strip_prefix('=').unwrap_or(rest).starts_with(|character: char| character.is_ascii_digit())
    })
}

/// The years that stand behind a skill, with their sign; 0 for nothing.
pub(super) fn min_years(text: &str) -> Result<u8, Message> {
    match Range::of(&folded(&signs(text))) {
        Range::One("") => Ok(0),
        Range::Compared(sign @ (">" | ">="), years) => {
            let years = whole(years).ok_or(NO_YEARS)? + i64::from(sign == ">");
            u8::try_from(years).map_err(|_| NO_YEARS)
        }
        _ => Err(NO_YEARS),
    }
}

/// The signs of comparison that some keyboards have.
fn signs(text: &str) -> String {
    text.replace('≥', ">=").replace('≤', "<=").replace('＞', ">").replace('＜', "<").replace('＝', "=")
}

/// The name of a tag in the form in which tags are kept: lower case, `_` between words.
pub fn tag_name(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join("_")
}

fn cleaned(text: &str) -> Result<String, Message> {
    clean::text::clean("query", text, text.len()).map_err(|_| NOTHING)
}

fn some(text: String) -> Result<String, Message> {
    if text.is_empty() { Err(NOTHING) } else { Ok(text) }
}

/// How a range is written.
#[derive(Debug, PartialEq)]
enum Range<'a> {
    One(&'a str),
    /// With `<`, `<=`, `>` or `>=`.
    Compared(&'static str, &'a str),
    /// `..` between; empty is open.
    Between(&'a str, &'a str),
}

impl<'a> Range<'a> {
    fn of(text: &'a str) -> Self {
        let sign = [">=", "<=", ">", "<"].into_iter().find_map(|sign| Some((sign, text.strip_prefix(sign)?)));
        match (sign, text.split_once("..")) {
            (Some((sign, rest)), _) => Self::Compared(sign, rest.trim()),
            (None, Some((first, last))) => Self::Between(first.trim(), last.trim()),
            (None, None) => Self::One(text),
        }
    }
}

fn numbers(range: &Range) -> Result<(i64, i64), Message> {
    let number = |text: &str| whole(text.trim_end_matches(['%', '年'])).ok_or(NO_RANGE);
    let end = |text: &str, open| if text.is_empty() { Ok(open) } else { number(text) };
    match *range {
        Range::One(text) => number(text).map(|number| (number, number)),
        Range::Compared(">=", text) => Ok((number(text)?, i64::MAX)),
        Range::Compared(">", text) => Ok((number(text)? + 1, i64::MAX)),
        Range::Compared("<=", text) => Ok((i64::MIN, number(text)?)),
        Range::Compared(_, text) => match number(text)? {
            0 => Err(NOBODY),
            number => Ok((i64::MIN, number - 1)),
        },
        Range::Between("", "") => Err(NO_RANGE),
        Range::Between(first, last) => ordered(end(first, i64::MIN)?, end(last, i64::MAX)?),
    }
}

/// A number of at most four digits.
fn whole(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// Older is earlier: less than 90 days ago is later than 90 days before now.
fn moments(range: &Range, now: i64) -> Result<(i64, i64), Message> {
    let time = |text: &str| times::read(text, now).ok_or(NO_TIME);
    let end = |text: &str| if text.is_empty() { Ok(None) } else { time(text).map(Some) };
    match *range {
        Range::One(text) => match time(text)? {
            Time::Span(first, last) => Ok((first, last)),
            Time::Age(_) => Err(NO_AGE),
        },
        Range::Compared(sign, text) => Ok(match (sign, time(text)?) {
            (">=", Time::Span(first, _)) => (first, i64::MAX),
            (">", Time::Span(_, last)) => (last.saturating_add(1), i64::MAX),
            ("<=", Time::Span(_, last)) => (i64::MIN, last),
            (_, Time::Span(first, _)) => (i64::MIN, first.saturating_sub(1)),
            (">=", Time::Age(moment)) => (i64::MIN, moment),
            (">", Time::Age(moment)) => (i64::MIN, moment.saturating_sub(1)),
            ("<=", Time::Age(moment)) => (moment, i64::MAX),
            (_, Time::Age(moment)) => (moment.saturating_add(1), i64::MAX),
        }),
        Range::Between(first, last) => match (end(first)?, end(last)?) {
            (None, None) => Err(NO_TIME),
            (Some(Time::Span(first, _)), Some(Time::Span(_, last))) => ordered(first, last),
            (Some(Time::Span(first, _)), None) => Ok((first, i64::MAX)),
            (None, Some(Time::Span(_, last))) => Ok((i64::MIN, last)),
            (Some(Time::Age(youngest)), Some(Time::Age(oldest))) => ordered(oldest, youngest),
            (Some(Time::Age(youngest)), None) => Ok((i64::MIN, youngest)),
            (None, Some(Time::Age(oldest))) => Ok((oldest, i64::MAX)),
            _ => Err(TWO_KINDS),
        },
    }
}

fn ordered(first: i64, last: i64) -> Result<(i64, i64), Message> {
    if first <= last { Ok((first, last)) } else { Err(WRONG_WAY) }
}

const DIMENSIONS: &[(Dimension, &[&str])] = &[
    (Dimension::Skill, &["skill", "技能"]),
    (Dimension::Intent, &["intent", "意向"]),
    (Dimension::Interaction, &["interaction", "互动"]),
    (Dimension::Status, &["status", "状态"]),
];

/// The dimension that is called so, in either language.
pub fn dimension_named(name: &str) -> Option<Dimension> {
    let name = folded(name.trim());
    DIMENSIONS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(dimension, _)| *dimension)
}

/// The name under which a dimension is written.
pub fn dimension_name(dimension: Dimension) -> &'static str {
    DIMENSIONS.iter().find(|(known, _)| *known == dimension).and_then(|(_, names)| names.first()).copied().unwrap_or("")
}

/// The codes of a keyword, each followed by what it is called besides; and what is said when it is none of these.
/// Sources have no list: every tenant has its own.
type Codes = (&'static [&'static [&'static str]], Message);

fn codes(keyword: Keyword) -> Option<Codes> {
    match keyword {
        Keyword::Language => Some((
            &[&["zh", "zh_cn", "chinese", "中文", "汉语"], &["en", "english", "英文", "英语"]],
            "no such language; there are zh and en",
        )),
        Keyword::Consent => Some((
            &[
                &["application", "应聘", "申请"],
                &["talent_pool", "人才库"],
                &["opportunities", "机会"],
                &["tracking", "跟踪"],
            ],
            "no such purpose; there are application, talent_pool, opportunities and tracking",
        )),
        Keyword::Contact => Some((
            &[
                &["email", "e_mail", "邮箱", "邮件"],
                &["phone", "电话", "手机"],
                &["wechat", "微信"],
                &["resume", "cv", "简历"],
            ],
            "this can not be asked for; there are email, phone, wechat and resume",
        )),
        Keyword::Intent => Some((
            &[
                &["active", "积极", "主动"],
                &["open", "开放", "观望"],
                &["not_looking", "不看机会", "不考虑"],
                &["unknown", "未知"],
            ],
            "no such intent; there are active, open, not_looking and unknown",
        )),
        Keyword::Degree => Some((
            &[
                &["secondary", "高中", "中专"],
                &["associate", "大专", "专科"],
                &["bachelor", "本科", "学士"],
                &["master", "硕士", "研究生"],
                &["doctorate", "phd", "doctor", "博士"],
            ],
            "no such degree; there are secondary, associate, bachelor, master and doctorate",
        )),
        Keyword::Source => None,
    }
}

fn code(keyword: Keyword, text: &str) -> Result<String, Message> {
    const NO_SOURCE: Message = "a source is a word of small letters, digits and _, such as referral";
    let name: String =
        folded(text.trim()).chars().map(|one| if matches!(one, ' ' | '-') { '_' } else { one }).collect();
    let Some((codes, message)) = codes(keyword) else {
        let is_source = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_');
        return if is_source && name.len() <= 40 { Ok(name) } else { Err(NO_SOURCE) };
    };
    let found = codes.iter().find(|names| names.contains(&name.as_str()));
    found.and_then(|names| names.first()).map(|code| (*code).to_owned()).ok_or(message)
}
