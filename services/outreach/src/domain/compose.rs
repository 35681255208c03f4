//! From a draft and its reader to a text that may go out, or to the reasons why not.

use chassis::Error;
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{MessageDraft, MessageFacts};

use super::{
    choice::Chosen,
    experiment::Assignment,
    fact,
    facts::{self, Missing},
    links,
    message::Verdict,
    render::{self, Fault},
    route::Way,
    values::values,
    variables::Values,
};

pub use super::plain::line;

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
    pub template_name: String,
    pub language: String,
    /// The draw that chose the text, where an experiment did.
    pub assignment: Option<Assignment>,
    /// Variables that the text asked for, and had or had not.
    pub used: Vec<&'static str>,
    pub passed_over: Vec<&'static str>,
    /// What its variables stand for.
    pub values: Values,
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
    /// How clear the linter finds the text, from 0 to 100; `None` of one that it has not read.
    pub clarity_score: Option<u8>,
    /// Fields of the draft that are there and wrong, each with what is wrong with it.
    pub faults: Vec<(String, String)>,
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
        let error = self.missing.iter().fold(error, |error, missing| {
            error.and_field(format!("draft.{}", missing.field), format!("{} is missing", missing.fact))
        });
        Some(self.faults.iter().fold(error, |error, (field, what)| error.and_field(format!("draft.{field}"), what)))
    }
}

/// Runs every gate, and composes when they pass.
pub fn compose(
    draft: &MessageDraft,
    reader: &Reader,
    chosen: &Chosen,
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
    let mut faults = Vec::new();
    if missing.is_empty() {
        match written(given, reader, chosen, answer_link) {
            Ok(text) => {
                verdict("text", "", chosen.note.clone());
                composed = Some(text);
            }
            Err(refusal) => {
                verdict("text", refusal.reason, format!("{} {}", refusal.field, refusal.detail));
                faults.push((refusal.field, refusal.detail));
            }
        }
    }
    Outcome { verdicts, composed, missing, faults, ..Outcome::default() }
}

/// Why there is no text, and which field of the draft is at fault.
struct Refusal {
    reason: &'static str,
    field: String,
    detail: String,
}

impl Refusal {
    fn new(reason: &'static str, field: &str, detail: impl Into<String>) -> Self {
        Self { reason, field: field.to_owned(), detail: detail.into() }
    }
}

/// A time, zone or day that no calendar has.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (field, detail) = error.violations().first().cloned().unwrap_or_default();
        Self { reason: "TEXT_REFUSED", field, detail }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let Fault::Empty { variable, .. } = fault else {
            return Self::new("TEXT_REFUSED", "template", fault.to_string());
        };
        let field = match variable {
            "name" => "candidate_id",
            // It leads to an interview or an application.
            "answer_link" => "application_id",
            "when_short" => "facts.start_time",
            "link" => "facts.link",
            _ => fact::ALL
                .iter()
                .find(|fact| fact.variables.first() == Some(&variable))
                .map_or("facts", |fact| fact.field),
        };
        Self::new("VARIABLE_EMPTY", field, format!("is needed: the template {fault}"))
    }
}

fn written(facts: &MessageFacts, reader: &Reader, chosen: &Chosen, answer_link: &str) -> Result<Composed, Refusal> {
    if let Some((field, broken)) = links::first_broken_fact(facts) {
        return Err(Refusal::new("LINK_INVALID", field, format!("holds a link that {broken}")));
    }
    let values = values(facts, &reader.name, &chosen.language, answer_link)?;
    let subject = render::fill(&chosen.subject, &values)?;
    let body = render::fill(&chosen.body, &values)?;
    let text = links::with_plain_hosts(body.text.trim_end());
    if subject.text.trim().is_empty() || text.trim().is_empty() {
        return Err(Refusal::new("TEXT_REFUSED", "template", "makes an empty text"));
    }
    if subject.text.trim() != line(&subject.text) {
        return Err(Refusal::new("TEXT_REFUSED", "facts.subject", "must make one line"));
    }
    if let Some(broken) = links::first_broken(&text).or_else(|| links::first_broken(&subject.text)) {
        return Err(Refusal::new("LINK_INVALID", "template", format!("makes a link that {broken}")));
    }
    let (used, passed_over) = subject.asked.union(&body.asked).partition(|name| values.get(name).is_some());
    Ok(Composed {
        subject: subject.text.trim().to_owned(),
        text: format!("{text}\n"),
        template_id: chosen.template_id.clone(),
        template_name: chosen.template_name.clone(),
        language: chosen.language.clone(),
        assignment: chosen.assignment.clone(),
        used,
        passed_over,
        values,
    })
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::{choice, facts::tests::complete, library, template::DEFAULT};

    fn reader(language: &str) -> Reader {
        Reader { name: "林晓".to_owned(), language: language.to_owned() }
    }

    fn outcome(kind: MessageKind, language: &str, facts: MessageFacts) -> Outcome {
        let draft = MessageDraft { kind: kind.into(), facts: Some(facts), ..MessageDraft::default() };
        let chosen = choice::choose(None, library::whole(kind, DEFAULT).as_ref(), language).unwrap();
        let now = DateTime::from_timestamp(1_796_000_000, 0).unwrap();
        compose(&draft, &reader(language), &chosen, "https://usher.example/c/abc", now)
    }

    #[test]
    fn every_built_in_text_is_complete_in_both_languages() {
        for kind in facts::KINDS.iter().copied() {
            for language in ["zh-CN", "en"] {
                let composed = outcome(kind, language, complete()).composed.expect("all gates pass");
                assert!(!composed.text.contains("{{") && !composed.text.contains("{%"), "{}", composed.text);
                assert!(!composed.text.contains("\n\n\n"), "{}", composed.text);
                let tells_of_a_meeting = facts::shape(kind).needs.iter().any(|fact| fact.name == "duration");
                if tells_of_a_meeting && kind != MessageKind::RescheduleOffer {
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
