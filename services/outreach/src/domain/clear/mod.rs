//! Whether what somebody would read is clear to them: the linter over a whole message, its subject and what its facts tell
//! included.

pub mod gate;
pub mod settings;
pub mod template;

use std::ops::Range;

use clarity::{Finding, Kind, Language, Linter, Report, Severity, Tuning};
use usher_proto::outreach::v1::MessageKind;

use super::{
    facts, library,
    variables::{Told, Values},
};

/// A text as somebody would read it.
#[derive(Debug, Clone, Copy)]
pub struct Text<'text> {
    pub kind: MessageKind,
    /// `zh-CN` or `en`.
    pub language: &'text str,
    pub subject: &'text str,
    pub body: &'text str,
}

/// Where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Subject,
    Body,
}

/// Something that a rule found, or missed.
#[derive(Debug, Clone)]
pub struct Remark {
    pub part: Part,
    pub finding: Finding,
}

/// All that is to be said about a text.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Of the subject first, then what is missing, then by place.
    pub remarks: Vec<Remark>,
    /// From 0 to 100.
    pub score: u8,
}

impl Reading {
    /// Reads a text. What is known of the message counts where it stands in it: no rule has to recognize a company whose name
    /// is there. A text in a language of which there are no rules is clean.
    pub fn of(text: Text<'_>, values: &Values, tuning: &Tuning) -> Self {
        let Ok(language) = text.language.parse::<Language>() else { return Self { remarks: Vec::new(), score: 100 } };
        let read = |text_of: &str| {
            let found = Linter::lint(kind(text.kind), language, text_of, tuning).findings;
            found.into_iter().filter(|finding| !is_somebodys_name(text_of, finding, values)).collect::<Vec<_>>()
        };
        // Of a subject it counts what stands there: the facts are looked for in the body.
        let subject = read(text.subject).into_iter().filter(|finding| finding.span.is_some());
        let body = read(text.body).into_iter().filter(|finding| !is_told(finding.rule, &text, values));
        let remarks: Vec<Remark> = subject
            .map(|finding| Remark { part: Part::Subject, finding })
            .chain(body.map(|finding| Remark { part: Part::Body, finding }))
            .collect();
        let score = Report::of(remarks.iter().map(|remark| remark.finding.clone()).collect()).score;
        Self { remarks, score }
    }

    /// The gravest there is; none when the text is clean.
    pub fn worst(&self) -> Option<Severity> {
        self.remarks.iter().map(|remark| remark.finding.severity).max()
    }

    /// What stands in the way.
    pub fn errors(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.finding.severity == Severity::Error)
    }

    /// What should be better.
    pub fn warnings(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.finding.severity == Severity::Warning)
    }
}

/// The rule that finds holes nobody has filled.
const PLACEHOLDER: &str = "placeholder";

/// What tells the reader that which a rule asks for.
const TELLING: &[(&str, &[&str])] = &[
    ("missing_position", &["position"]),
    ("missing_company", &["company"]),
    ("missing_date", &["when"]),
    ("missing_time", &["when"]),
    ("missing_time_zone", &["when", "answer_by", "offered_times"]),
    ("missing_place", &["place", "link"]),
    ("missing_duration", &["duration"]),
    ("missing_materials", &["materials"]),
    ("missing_contact", &["contact_name", "contact_channel"]),
    ("missing_answer_by", &["answer_by"]),
    ("missing_answer_how", &["answer_link"]),
    ("missing_start_date", &["start_date"]),
    ("missing_pay", &["pay"]),
    ("missing_offered_times", &["offered_times"]),
    ("missing_reason_to_write", &["reason", "skill", "referrer"]),
];

/// The variables that tell what a rule asks for.
pub fn telling(rule: &str) -> &'static [&'static str] {
    TELLING.iter().find(|(known, _)| *known == rule).map_or(&[], |(_, variables)| variables)
}

fn is_told(rule: &str, text: &Text<'_>, values: &Values) -> bool {
    let stands = |value: &str| {
        let is_long_enough = value.chars().nth(1).is_some();
        is_long_enough && (places(text.body, value).next().is_some() || places(text.subject, value).next().is_some())
    };
    told(telling(rule), values).any(stands)
}

/// What is known of these.
fn told<'all>(names: &'all [&'all str], values: &'all Values) -> impl Iterator<Item = &'all str> {
    names
        .iter()
        .flat_map(|name| match values.get(name) {
            Some(Told::Text(value)) => std::slice::from_ref(value),
            Some(Told::List(values)) => values.as_slice(),
            None => &[],
        })
        .map(String::as_str)
}

/// Where a value stands in a text, in characters: as a word of its own, where it is made of letters that make words.
fn places<'all>(text: &'all str, value: &'all str) -> impl Iterator<Item = Range<usize>> + 'all {
    let joins = |one: Option<char>, other: Option<char>| {
        one.zip(other).is_some_and(|(one, other)| one.is_ascii_alphanumeric() && other.is_ascii_alphanumeric())
    };
    let found = text.match_indices(value).filter(move |(at, _)| {
        let (before, after) = (&text[..*at], &text[at + value.len()..]);
        !joins(before.chars().next_back(), value.chars().next())
            && !joins(value.chars().next_back(), after.chars().next())
    });
    found.map(move |(at, _)| {
        let begin = text[..at].chars().count();
        begin..begin + value.chars().count()
    })
}

/// What people, companies and positions are called.
const NAMES: &[&str] = &["name", "company", "position", "contact_name", "interviewers", "referrer"];

/// Whether what looks like a word that somebody forgot to replace is part of a name: people are called Nan. A hole with
/// brackets, or of nothing but x, is one wherever it stands.
fn is_somebodys_name(text: &str, finding: &Finding, values: &Values) -> bool {
    let Some(span) = finding.span.as_ref().filter(|_| finding.rule == PLACEHOLDER) else { return false };
    let is_word = finding.quote.chars().all(|one| one.is_alphabetic() || one == ' ');
    let is_blank = finding.quote.chars().all(|one| matches!(one, 'x' | 'X'));
    let holds = |name: &str| places(text, name).any(|place| place.start <= span.start && span.end <= place.end);
    is_word && !is_blank && told(NAMES, values).any(holds)
}

/// What a kind of message is called by the rules.
pub fn kind(kind: MessageKind) -> Kind {
    match kind {
        MessageKind::InterviewInvitation => Kind::InterviewInvitation,
        MessageKind::InterviewReminder => Kind::InterviewReminder,
        MessageKind::InterviewRescheduled => Kind::InterviewRescheduled,
        MessageKind::InterviewCancelled => Kind::InterviewCancelled,
        MessageKind::InterviewDeclined => Kind::InterviewDeclined,
        MessageKind::InterviewUpcoming => Kind::InterviewUpcoming,
        MessageKind::InterviewMissed => Kind::InterviewMissed,
        MessageKind::RescheduleOffer => Kind::RescheduleOffer,
        MessageKind::Feedback => Kind::Feedback,
        MessageKind::Rejection => Kind::Rejection,
        MessageKind::Offer => Kind::Offer,
        MessageKind::OfferReminder => Kind::OfferReminder,
        MessageKind::OfferRescinded => Kind::OfferRescinded,
        MessageKind::OnboardingReminder => Kind::OnboardingReminder,
        MessageKind::Reactivation => Kind::Reactivation,
        MessageKind::ReactivationFollowUp => Kind::ReactivationFollowUp,
        MessageKind::Care => Kind::Care,
        MessageKind::Custom | MessageKind::Unspecified => Kind::Custom,
    }
}

/// The kind of message that the rules call so.
pub fn message_kind(named: Kind) -> MessageKind {
    facts::KINDS.iter().copied().find(|known| kind(*known) == named).unwrap_or_default()
}

/// Makes the rules ready, which takes the better part of a second: whoever reads the first message need not wait for it.
pub fn warm() {
    for template in library::all() {
        for variant in &template.variants {
            let text = Text {
                kind: template.kind,
                language: &variant.language,
                subject: &variant.subject,
                body: &variant.body,
            };
            Reading::of(text, &Values::default(), &Tuning::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use clarity::rules;

    use super::*;
    use crate::domain::variables;

    #[test]
    fn every_kind_has_its_rules() {
        for known in facts::KINDS.iter().copied() {
            let name = known.as_str_name().trim_start_matches("MESSAGE_KIND_").to_lowercase();
            assert_eq!(kind(known).name(), name);
            assert_eq!(message_kind(kind(known)), known);
        }
        assert_eq!(facts::KINDS.len(), Kind::ALL.len());
    }

    #[test]
    fn what_tells_a_fact_is_a_variable_and_what_asks_for_it_a_rule() {
        for (rule, variables) in TELLING {
            assert!(rules().iter().any(|known| known.id == *rule), "{rule}");
            assert!(variables.iter().all(|name| variables::find(name).is_some()), "{variables:?}");
        }
    }

    #[test]
    fn what_is_known_counts_where_it_stands() {
        let mut values = Values::default();
        values.text("company", "nuqneH");
        let read = |subject: &str, body: &str| {
            let text = Text { kind: MessageKind::Offer, language: "en", subject, body };
            let reading = Reading::of(text, &values, &Tuning::default());
            reading.remarks.iter().any(|remark| remark.finding.rule == "missing_company")
        };
        let body = "hello, please answer by the link below";
        assert!(read("An offer", body));
        assert!(!read("An offer of nuqneH", body));
        assert!(!read("An offer", &format!("{body} to nuqneH")));
    }

    #[test]
    fn part_of_another_word_is_no_fact() {
        let mut values = Values::default();
        values.text("company", "il");
        let read = |body: &str| {
            let text = Text { kind: MessageKind::Offer, language: "en", subject: "An offer", body };
            Reading::of(text, &values, &Tuning::default()).remarks
        };
        let misses = |body: &str| read(body).iter().any(|remark| remark.finding.rule == "missing_company");
        assert!(misses("hello, please answer by mail"));
        assert!(!misses("hello from il, please answer by mail"));
    }

    #[test]
    fn people_may_be_called_what_looks_like_a_hole() {
        let mut values = Values::default();
        values.text("name", "Nan Example");
        values.text("company", "[Company]");
        let holes = |body: &str| {
            let text = Text { kind: MessageKind::Custom, language: "en", subject: "", body };
            let remarks = Reading::of(text, &values, &Tuning::default()).remarks;
            remarks.iter().filter(|remark| remark.finding.rule == PLACEHOLDER).count()
        };
        assert_eq!(holes("Hi Nan Example, please call us."), 0);
        assert_eq!(holes("Hi Nan, please call us."), 1, "nobody of whom it is known is called so");
        assert_eq!(holes("Hi Nan Example, [Company] calls you."), 1);
    }

    #[test]
    fn of_a_subject_it_counts_what_stands_there() {
        let text = Text { kind: MessageKind::Custom, language: "en", subject: "ASAP, [Name]", body: "Please call us." };
        let reading = Reading::of(text, &Values::default(), &Tuning::default());
        let found: Vec<_> = reading.remarks.iter().map(|remark| (remark.part, remark.finding.rule)).collect();
        assert_eq!(found, [(Part::Subject, "vague_time"), (Part::Subject, "placeholder")]);
        assert_eq!((reading.worst(), reading.score), (Some(Severity::Error), 80));
    }

    #[test]
    fn a_language_without_rules_is_not_judged() {
        let text = Text { kind: MessageKind::Offer, language: "fr", subject: "Bonjour", body: "[Name]" };
        assert_eq!(Reading::of(text, &Values::default(), &Tuning::default()).worst(), None);
    }
}
