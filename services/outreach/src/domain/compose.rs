//! From a draft and its reader to a text that may go out, or to the reasons why not.

use std::collections::BTreeMap;

use chassis::{Error, Result, wire};
use chrono::{DateTime, Utc};
use serde_json::Value;
use usher_proto::outreach::v1::{MessageDraft, MessageFacts};

use super::{
    facts::{self, Missing},
    message::{Template, Verdict},
    render::{self, Values},
    route::Way,
    terms, when,
};

/// Whom a message is for, as talent knows them now.
#[derive(Debug, Clone)]
pub struct Reader {
    pub name: String,
    pub language: String,
}

/// A text that may go out.
#[derive(Debug, Clone)]
pub struct Composed {
    pub subject: String,
    pub text: String,
    pub template_id: String,
    pub language: String,
}

/// What came of it: every gate's verdict, and the text when all said yes.
#[derive(Debug, Default)]
pub struct Outcome {
    pub verdicts: Vec<Verdict>,
    pub composed: Option<Composed>,
    pub missing: Vec<Missing>,
    /// The channels that it may take, in the order in which they are tried.
    pub ways: Vec<Way>,
    /// It may go out, but not before this.
    pub not_before: Option<DateTime<Utc>>,
    /// Where it goes, as a keyed hash: what comes back from there is about that address.
    pub address_hash: Option<Vec<u8>>,
}

impl Outcome {
    /// The first reason why not.
    pub fn refusal(&self) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| !verdict.passed)
    }

    /// The refusal as a caller reads it.
    pub fn error(&self) -> Option<Error> {
        let refusal = self.refusal()?;
        let error = Error::failed_precondition(refusal.reason.clone(), refusal.detail.clone());
        Some(self.missing.iter().fold(error, |error, missing| {
            error.and_field(format!("draft.{}", missing.field), format!("{} is missing", missing.fact))
        }))
    }
}

/// Runs every gate, and composes when they pass.
pub fn compose(
    draft: &MessageDraft,
    reader: &Reader,
    template: &Template,
    answer_link: &str,
    now: DateTime<Utc>,
) -> Outcome {
    let empty = MessageFacts::default();
    let given = draft.facts.as_ref().unwrap_or(&empty);
    let missing = facts::missing(draft.kind(), given);
    let mut verdicts = Vec::new();
    let mut verdict = |gate: &str, reason: &str, detail: String| {
        verdicts.push(Verdict {
            gate: gate.to_owned(),
            passed: reason.is_empty(),
            reason: reason.to_owned(),
            detail,
            time: now,
            defer_until: None,
        });
    };
    if missing.is_empty() {
        verdict("facts", "", String::new());
    } else {
        let names: Vec<&str> = missing.iter().map(|missing| missing.fact).collect();
        verdict("facts", "FACTS_MISSING", format!("the message lacks {}", names.join(", ")));
    }
    let mut composed = None;
    if missing.is_empty() {
        match written(given, reader, template, answer_link) {
            Ok(text) => {
                verdict("text", "", String::new());
                composed = Some(text);
            }
            Err(error) => verdict("text", "TEXT_REFUSED", error.message().to_owned()),
        }
    }
    Outcome { verdicts, composed, missing, ..Outcome::default() }
}

fn written(facts: &MessageFacts, reader: &Reader, template: &Template, answer_link: &str) -> Result<Composed> {
    let values = values(facts, reader, answer_link)?;
    let subject = render::fill("subject", &template.subject, &values)?;
    let text = render::fill("body", &template.body, &values)?;
    if subject.trim().is_empty() || text.trim().is_empty() {
        return Err(Error::invalid("body", "TEXT_EMPTY", "makes an empty text"));
    }
    if subject.chars().any(char::is_control) {
        return Err(Error::invalid("subject", "SUBJECT_BROKEN", "must be one line"));
    }
    Ok(Composed {
        subject: subject.trim().to_owned(),
        text: format!("{}\n", text.trim_end()),
        template_id: template.id.clone(),
        language: template.language.clone(),
    })
}

/// What templates may name, each as one text; several things of one name are a list in the reader's language.
pub fn variables(
    facts: &MessageFacts,
    name: &str,
    language: &str,
    answer_link: &str,
) -> Result<BTreeMap<String, String>> {
    let reader = Reader { name: name.to_owned(), language: language.to_owned() };
    let values = serde_json::to_value(values(facts, &reader, answer_link)?)
        .map_err(|error| Error::internal("the values of a message can not be told", &error))?;
    let between = if language == "en" { "; " } else { "；" };
    let text = |value: &Value| match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(between),
        one => one.as_str().unwrap_or_default().to_owned(),
    };
    Ok(values.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect())
}

fn values(facts: &MessageFacts, reader: &Reader, answer_link: &str) -> Result<Values> {
    let language = reader.language.as_str();
    let zone = if facts.time_zone.is_empty() { chrono_tz::UTC } else { when::zone(&facts.time_zone)? };
    let time = |field: &str, time: &Option<prost_types::Timestamp>| {
        time.as_ref().map(|time| wire::instant(field, time)).transpose()
    };
    let start = time("facts.start_time", &facts.start_time)?;
    let answer_by = time("facts.answer_by", &facts.answer_by)?;
    let duration = facts.duration.as_ref().map(|duration| wire::span("facts.duration", duration)).transpose()?;
    Ok(Values {
        name: line(&reader.name),
        position: line(&facts.position),
        company: line(&facts.company),
        when: start.map(|start| when::long(start, zone, language)).unwrap_or_default(),
        when_short: start.map(|start| when::short(start, zone, language)).unwrap_or_default(),
        duration: duration.map(|duration| when::duration(duration, language)).unwrap_or_default(),
        place: line(&facts.place),
        link: line(&facts.link),
        offered_times: facts
            .offered_times
            .iter()
            .map(|time| Ok(when::long(wire::instant("facts.offered_times", time)?, zone, language)))
            .collect::<Result<_>>()?,
        interviewers: facts.interviewers.iter().map(|name| line(name)).collect(),
        materials: facts.materials.iter().map(|material| line(material)).collect(),
        contact_name: line(&facts.contact_name),
        contact_channel: line(&facts.contact_channel),
        answer_by: answer_by.map(|time| when::long(time, zone, language)).unwrap_or_default(),
        answer_link: answer_link.to_owned(),
        team_introduction: facts.team_introduction.trim().to_owned(),
        subject: facts.subject.clone(),
        body: facts.body.clone(),
        start_date: terms::day("facts.start_date", &facts.start_date, language)?,
        pay: terms::salary(&facts.salary_amount, &facts.salary_currency, &facts.salary_period, language),
        employment_type: terms::employment_type(&facts.employment_type, language).to_owned(),
        benefits: facts.benefits.trim().to_owned(),
        checklist: terms::checklist(facts, language).iter().map(|thing| line(thing)).collect(),
    })
}

/// A fact is one line, so that it can not write lines of its own into a mail or a calendar.
pub fn line(text: &str) -> String {
    text.split(|character: char| character.is_control()).map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::{facts::tests::complete, library};

    fn reader(language: &str) -> Reader {
        Reader { name: "林晓".to_owned(), language: language.to_owned() }
    }

    fn outcome(kind: MessageKind, language: &str, facts: MessageFacts) -> Outcome {
        let draft = MessageDraft { kind: kind.into(), facts: Some(facts), ..MessageDraft::default() };
        let template = library::find(kind, language).unwrap();
        let now = DateTime::from_timestamp(1_796_000_000, 0).unwrap();
        compose(&draft, &reader(language), &template, "https://usher.example/c/abc", now)
    }

    #[test]
    fn every_built_in_text_is_complete_in_both_languages() {
        for kind in [
            MessageKind::InterviewInvitation,
            MessageKind::InterviewReminder,
            MessageKind::InterviewRescheduled,
            MessageKind::InterviewCancelled,
            MessageKind::InterviewDeclined,
            MessageKind::InterviewUpcoming,
            MessageKind::Custom,
            MessageKind::Offer,
            MessageKind::OnboardingReminder,
            MessageKind::OfferReminder,
            MessageKind::OfferRescinded,
            MessageKind::Reactivation,
            MessageKind::ReactivationFollowUp,
            MessageKind::Care,
        ] {
            for language in ["zh-CN", "en"] {
                let composed = outcome(kind, language, complete()).composed.expect("all gates pass");
                assert!(!composed.text.contains("{{") && !composed.text.contains("{%"), "{}", composed.text);
                assert!(!composed.text.contains("\n\n\n"), "{}", composed.text);
                if facts::has_answer_link(kind) && !matches!(kind, MessageKind::Offer | MessageKind::OfferReminder) {
                    for fact in [
                        "Java 后端工程师",
                        "晨光科技",
                        "14:00",
                        "Asia/Shanghai",
                        "漕河泾 88 号 3 楼",
                        "周敏",
                        "身份证",
                        "Rita Recruiter",
                        "+86 21 5555 0100",
                        "https://usher.example/c/abc",
                    ] {
                        assert!(composed.text.contains(fact), "{fact} is not in\n{}", composed.text);
                    }
                }
            }
        }
    }

    #[test]
    fn an_offer_tells_all_its_terms_and_by_when_and_how_to_answer() {
        for (language, told) in [
            ("zh-CN", ["Java 后端工程师", "2026年12月15日（星期二）", "CNY 25,000.00 / 月", "全职", "年终奖", "10:13"]),
            (
                "en",
                ["晨光科技", "Tuesday, 15 December 2026", "CNY 25,000.00 per month", "full-time", "年终奖", "10:13"],
            ),
        ] {
            let text = outcome(MessageKind::Offer, language, complete()).composed.unwrap().text;
            for fact in told.iter().chain(&["Rita Recruiter", "+86 21 5555 0100", "https://usher.example/c/abc"]) {
                assert!(text.contains(fact), "{fact} is not in\n{text}");
            }
        }
        for (language, told) in [("zh-CN", "10:13"), ("en", "10:13")] {
            let text = outcome(MessageKind::OfferReminder, language, complete()).composed.unwrap().text;
            for fact in ["Java 后端工程师", "晨光科技", told, "+86 21 5555 0100", "https://usher.example/c/abc"]
            {
                assert!(text.contains(fact), "{fact} is not in\n{text}");
            }
            assert!(!text.contains("25,000"), "a reminder may be read by others");
        }
        let rescinded = outcome(MessageKind::OfferRescinded, "en", complete()).composed.unwrap().text;
        assert!(!rescinded.contains("25,000"), "what is taken back is not told again");
    }

    #[test]
    fn the_reminder_of_a_first_day_tells_what_is_still_to_be_done_in_the_readers_language() {
        for (language, told) in [("zh-CN", "身份证复印件"), ("en", "Copy of the identity card")] {
            let text = outcome(MessageKind::OnboardingReminder, language, complete()).composed.unwrap().text;
            assert!(text.contains(told) && text.contains("漕河泾 88 号 3 楼"), "{text}");
        }
        let unspoken = MessageFacts { checklist: Vec::new(), checklist_zh: Vec::new(), ..complete() };
        assert!(outcome(MessageKind::OnboardingReminder, "en", unspoken).composed.is_some());
        let nowhere = MessageFacts { start_date: "2026-02-30".to_owned(), ..complete() };
        assert!(outcome(MessageKind::OnboardingReminder, "en", nowhere).composed.is_none(), "no such day");
    }

    #[test]
    fn a_message_of_a_campaign_says_what_it_is_about_whom_to_ask_and_how_to_say_no() {
        for kind in [MessageKind::Reactivation, MessageKind::ReactivationFollowUp, MessageKind::Care] {
            for (language, no) in [("zh-CN", "退订"), ("en", "unsubscribe")] {
                let bare = MessageFacts { body: String::new(), place: String::new(), ..complete() };
                for facts in [complete(), bare] {
                    let text = outcome(kind, language, facts).composed.unwrap().text;
                    for fact in ["晨光科技", "Rita Recruiter", "+86 21 5555 0100", no] {
                        assert!(text.contains(fact), "{fact} is not in\n{text}");
                    }
                    assert_eq!(text.contains("Java 后端工程师"), kind != MessageKind::Care, "{text}");
                    assert!(!text.contains("\n\n\n"), "{text}");
                }
            }
        }
        let unnamed = MessageFacts { contact_name: String::new(), ..complete() };
        assert!(outcome(MessageKind::Care, "en", unnamed).composed.is_none());
    }

    #[test]
    fn what_lacks_a_fact_is_refused_with_its_field() {
        let mut facts = complete();
        facts.place.clear();
        let outcome = outcome(MessageKind::InterviewInvitation, "en", facts);
        assert!(outcome.composed.is_none());
        let error = outcome.error().unwrap();
        assert_eq!(error.reason(), "FACTS_MISSING");
        assert_eq!(error.violations()[0].0, "draft.facts.place");
    }

    #[test]
    fn a_fact_can_not_write_lines_of_its_own() {
        let mut facts = complete();
        facts.position = "Engineer\r\nBcc: everybody@example.com".to_owned();
        let composed = outcome(MessageKind::InterviewInvitation, "en", facts).composed.unwrap();
        assert!(!composed.subject.contains('\n') && !composed.subject.contains('\r'));
        assert!(!composed.text.lines().any(|line| line.starts_with("Bcc:")));
        let custom = MessageFacts { subject: "a\r\nBcc: b".to_owned(), ..complete() };
        assert!(self::outcome(MessageKind::Custom, "en", custom).composed.is_none());
    }
}
