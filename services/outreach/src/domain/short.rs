//! The short form of a message, for ways that carry no page of text: what it is about, and where to read on and answer.
//!
//! It is made from the same template and the same facts as the long one: its subject, whatever of company, position and time
//! the subject does not say, and the link that leads to everything else; where a message has no link, whom to ask. A message by
//! a recruiter's own hand is its own words. So it is as clear about what, with whom and when as the long form, which the gate
//! `clarity` has read.

use std::collections::BTreeMap;

use chassis::Result;
use usher_proto::outreach::v1::{MessageFacts, MessageKind, ProviderTemplate};

use super::{
    channel,
    fact::{self, Fact},
    facts,
    values::values,
    variables::{Told, VARIABLES, Values},
};

/// What a reader has to know at once, each with the variables that tell it.
const AT_ONCE: [(&Fact, &[&str]); 3] =
    [(fact::COMPANY, &["company"]), (fact::POSITION, &["position"]), (fact::START, &["when_short", "when"])];

/// A message in short.
#[derive(Debug)]
pub struct Short {
    pub kind: MessageKind,
    pub language: String,
    /// One line: what it is about.
    pub title: String,
    /// Without the title and the link; may be empty.
    pub body: String,
    /// Where to read on and answer; empty when there is no such page.
    pub link: String,
    /// What stands for the variables of a provider's template.
    values: BTreeMap<String, String>,
}

/// What templates may name, each as one text; several things of one name are a list in the reader's language.
fn told(values: &Values, language: &str) -> BTreeMap<String, String> {
    let text = |name: &str| match values.get(name) {
        Some(Told::Text(text)) => text.clone(),
        Some(Told::List(list)) => list.join(between(language)),
        None => String::new(),
    };
    VARIABLES.iter().map(|variable| (variable.name.to_owned(), text(variable.name))).collect()
}

impl Short {
    /// From a message that is written.
    pub fn new(
        kind: MessageKind,
        language: &str,
        subject: &str,
        text: &str,
        facts: &MessageFacts,
        name: &str,
    ) -> Result<Self> {
        let link = answer_link(text).unwrap_or_default().to_owned();
        let (title, values) = (subject.trim(), told(&values(facts, name, language, &link)?, language));
        let mut body = vec![untold(kind, title, &values).join(between(language))];
        match kind {
            MessageKind::Custom => body.push(facts.body.trim().to_owned()),
            _ if link.is_empty() => body.push(contact(facts, language)),
            _ => {}
        }
        body.retain(|part| !part.is_empty());
        let mut short = Self {
            kind,
            language: language.to_owned(),
            title: title.to_owned(),
            body: body.join(stop(language)),
            link: link.clone(),
            values,
        };
        let token = link.rsplit('/').next().unwrap_or_default().to_owned();
        short.values.insert(channel::ANSWER_TOKEN.to_owned(), token);
        let whole = short.text();
        short.values.insert(channel::SHORT_TEXT.to_owned(), whole);
        Ok(short)
    }

    /// All of it as one text.
    pub fn text(&self) -> String {
        let stop = stop(&self.language);
        let ask = if self.language == "en" { "Details and your answer: " } else { "详情与答复：" };
        let mut text = self.title.clone();
        if !self.body.is_empty() {
            text = format!("{text}{stop}{}", self.body);
        }
        if !self.link.is_empty() {
            text = format!("{text}{stop}{ask}{}", self.link);
        }
        text
    }

    /// As a text message of a provider that takes any text: what nobody has asked for says how to be left alone. The word is
    /// one that providers hear by themselves.
    pub fn sms(&self) -> String {
        let unasked =
            matches!(self.kind, MessageKind::Reactivation | MessageKind::ReactivationFollowUp | MessageKind::Care);
        match (unasked, self.language.as_str()) {
            (false, _) => self.text(),
            (true, "en") => format!("{} Reply STOP to unsubscribe.", self.text()),
            (true, _) => format!("{} 拒收请回复 STOP。", self.text()),
        }
    }

    /// The values of a provider's template, in its order. Errors: the first variable that would be empty, which the provider
    /// would refuse or, worse, send as a hole.
    pub fn fill<'a>(&'a self, template: &'a ProviderTemplate) -> std::result::Result<Vec<(&'a str, &'a str)>, &'a str> {
        let value = |name: &str| self.values.get(name).map(String::as_str).filter(|value| !value.is_empty());
        template
            .variables
            .iter()
            .map(|variable| Ok((variable.name.as_str(), value(&variable.value).ok_or(variable.name.as_str())?)))
            .collect()
    }
}

/// What the kind of message can not do without, and the title does not say.
fn untold(kind: MessageKind, title: &str, values: &BTreeMap<String, String>) -> Vec<String> {
    let needs = facts::shape(kind).needs;
    let is_needed = |fact: &Fact| needs.iter().any(|needed| needed.name == fact.name);
    let asked = AT_ONCE.iter().filter(|(fact, _)| is_needed(fact));
    asked
        .filter_map(|(_, variables)| {
            let mut said = variables.iter().filter_map(|name| values.get(*name)).filter(|value| !value.is_empty());
            let first = said.clone().next()?;
            (!said.any(|value| says(title, value))).then(|| first.clone())
        })
        .collect()
}

/// Whether a text says a name, and not only a longer word that it is part of: `Go` is not said by `Google`.
fn says(text: &str, name: &str) -> bool {
    let joins = |one: Option<char>, other: Option<char>| {
        one.zip(other).is_some_and(|(one, other)| one.is_ascii_alphanumeric() && other.is_ascii_alphanumeric())
    };
    text.match_indices(name).any(|(place, found)| {
        let (before, after) = (&text[..place], &text[place + found.len()..]);
        !joins(before.chars().next_back(), name.chars().next())
            && !joins(name.chars().next_back(), after.chars().next())
    })
}

fn between(language: &str) -> &'static str {
    if language == "en" { "; " } else { "；" }
}

fn stop(language: &str) -> &'static str {
    if language == "en" { ". " } else { "。" }
}

/// The link by which a text asks for an answer.
pub fn answer_link(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| line.starts_with("http") && line.contains("/c/"))
}

fn contact(facts: &MessageFacts, language: &str) -> String {
    let parts: Vec<&str> =
        [facts.contact_name.trim(), facts.contact_channel.trim()].into_iter().filter(|part| !part.is_empty()).collect();
    match (parts.is_empty(), language) {
        (true, _) => String::new(),
        (false, "en") => format!("Questions: {}", parts.join(", ")),
        (false, _) => format!("联系：{}", parts.join("，")),
    }
}

/// How many segments a text message takes: 160 characters of the GSM alphabet or 70 of UTF-16, less where it takes several,
/// since each then says which it is (3GPP TS 23.038 and 23.040).
pub fn segments(text: &str) -> usize {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                         abcdefghijklmnopqrstuvwxyzäöñüà";
    const ESCAPED: &str = "^{}\\[~]|€";
    let septets = text.chars().try_fold(0, |sum, character| {
        if BASIC.contains(character) { Some(sum + 1) } else { ESCAPED.contains(character).then_some(sum + 2) }
    });
    let (units, alone, each) = match septets {
        Some(septets) => (septets, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if units <= alone { 1 } else { units.div_ceil(each) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_proto::outreach::v1::ProviderVariable;

    use super::*;
    use crate::domain::facts::tests::complete;

    const TEXT: &str = "你好\n\nhttps://usher.example/c/abc-1\n\n谢谢\n";

    fn short(kind: MessageKind, language: &str, text: &str) -> Short {
        Short::new(kind, language, "面试邀请：Java 后端工程师", text, &complete(), "林晓").unwrap()
    }

    #[test]
    fn the_short_form_says_what_it_is_about_and_where_to_answer() {
        let invited = short(MessageKind::InterviewInvitation, "zh-CN", TEXT);
        let said =
            "面试邀请：Java 后端工程师。晨光科技；12月1日（星期二）14:00。详情与答复：https://usher.example/c/abc-1";
        assert_eq!(invited.text(), said);
        assert_eq!(invited.sms(), said, "what was asked for needs no way out");
        let missed = short(MessageKind::InterviewMissed, "en", "no link");
        assert_eq!(
            missed.text(),
            "面试邀请：Java 后端工程师. 晨光科技; Tue 1 Dec, 14:00. Questions: Rita Recruiter, +86 21 5555 0100"
        );
        assert_eq!(short(MessageKind::Custom, "en", "x").body, "How are you?");
        assert!(short(MessageKind::Care, "zh-CN", "no link").sms().ends_with("拒收请回复 STOP。"));
    }

    #[test]
    fn what_the_title_says_is_not_said_again() {
        let title = "晨光科技面试邀请：Java 后端工程师，12月1日（星期二）14:00";
        let short = |title: &str, kind| Short::new(kind, "zh-CN", title, TEXT, &complete(), "林晓").unwrap();
        assert_eq!(short(title, MessageKind::InterviewInvitation).body, "");
        assert_eq!(
            short("面试", MessageKind::InterviewInvitation).body,
            "晨光科技；Java 后端工程师；12月1日（星期二）14:00"
        );
        assert!(says("AI 工程师, Go", "Go") && says("加入Go团队", "Go"));
        assert!(!says("Google", "Go") && !says("JavaScript", "Java") && !says("", "Go"));
        assert_eq!(short("你好", MessageKind::Reactivation).body, "晨光科技；Java 后端工程师", "it has no time");
    }

    #[test]
    fn a_providers_variables_are_ours_and_never_empty() {
        let variable = |name: &str, value: &str| ProviderVariable { name: name.to_owned(), value: value.to_owned() };
        let mut template = ProviderTemplate {
            variables: vec![
                variable("job", "position"),
                variable("code", "answer_token"),
                variable("who", "interviewers"),
            ],
            ..ProviderTemplate::default()
        };
        let short = short(MessageKind::InterviewInvitation, "zh-CN", TEXT);
        let filled = [("job", "Java 后端工程师"), ("code", "abc-1"), ("who", "周敏, 后端负责人")];
        assert_eq!(short.fill(&template).unwrap(), filled);
        template.variables.push(variable("url", "link"));
        assert_eq!(short.fill(&template).unwrap_err(), "url", "the interview has no link");
    }

    #[test]
    fn segments_are_counted_as_networks_count_them() {
        assert_eq!(segments(""), 1);
        assert_eq!(segments(&"a".repeat(160)), 1);
        assert_eq!(segments(&"a".repeat(161)), 2);
        assert_eq!(segments(&"a".repeat(306)), 2);
        assert_eq!(segments(&"a".repeat(307)), 3);
        assert_eq!(segments(&"€".repeat(80)), 1);
        assert_eq!(segments(&"€".repeat(81)), 2);
        assert_eq!(segments(&"面".repeat(70)), 1);
        assert_eq!(segments(&"面".repeat(71)), 2);
        assert_eq!(segments(&format!("{}面", "a".repeat(69))), 1);
        assert_eq!(segments(&"😀".repeat(36)), 2, "outside of the basic plane a character takes two");
    }

    proptest! {
        #[test]
        fn a_longer_text_never_takes_fewer_segments(text in ".{0,400}", more in ".{0,40}") {
            prop_assert!(segments(&text) <= segments(&(text.clone() + &more)));
        }
    }
}
