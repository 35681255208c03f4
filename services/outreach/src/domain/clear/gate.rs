//! The gate `clarity`: what is unclear does not go out.
//!
//! What it says is kept and told: rules, places and advice, never the words that it is about.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use clarity::{Language, Severity, Tuning, rule};
use usher_proto::outreach::v1::MessageKind;

use super::{Part, Reading, Remark, Text, telling};
use crate::domain::{
    compose::{Composed, Outcome},
    fact,
    message::Verdict,
    variables::{Told, Values},
};

/// The gate.
pub const GATE: &str = "clarity";
/// Why it refuses.
pub const UNCLEAR: &str = "UNCLEAR";
/// So many findings are told of one text.
const MOST_TOLD: usize = 12;
/// Where a text comes from that no fact has brought.
const TEMPLATE: &str = "template";

/// Adds to the verdicts what the linter says of the text; one with an error is refused.
pub fn decide(outcome: &mut Outcome, kind: MessageKind, tuning: &Tuning, now: DateTime<Utc>) {
    let Some(composed) = &outcome.composed else { return };
    let Composed { subject, text, language, values, .. } = composed;
    let reading = Reading::of(Text { kind, language, subject, body: text }, values, tuning);
    let is_refused = reading.worst() == Some(Severity::Error);
    let faults = reading.errors().take(MOST_TOLD).map(|remark| (field(remark, values), advice(remark)));
    outcome.faults.extend(faults);
    outcome.clarity_score = Some(reading.score);
    outcome.verdicts.push(Verdict {
        gate: GATE.to_owned(),
        passed: !is_refused,
        reason: if is_refused { UNCLEAR } else { "" }.to_owned(),
        detail: detail(&reading),
        time: now,
        defer_until: None,
    });
    if is_refused {
        outcome.composed = None;
    }
}

/// What the verdict says: errors with what to do, then warnings; empty when there is neither.
fn detail(reading: &Reading) -> String {
    let mut said = String::new();
    for remark in reading.errors().take(MOST_TOLD) {
        let advice = rule(remark.finding.rule).map_or("", |rule| rule.suggestion(Language::English));
        let _ = write!(said, "{}{}: {advice}", between(&said, "; "), place(remark));
    }
    for (number, remark) in reading.warnings().take(MOST_TOLD).enumerate() {
        let between = if number == 0 { between(&said, "; ") } else { ", " };
        let begins = if number == 0 { "to be better: " } else { "" };
        let _ = write!(said, "{between}{begins}{}", place(remark));
    }
    said
}

fn between(said: &str, between: &'static str) -> &'static str {
    if said.is_empty() { "" } else { between }
}

/// `threat at 12..15 of the body`.
fn place(remark: &Remark) -> String {
    let part = match remark.part {
        Part::Subject => "subject",
        Part::Body => "body",
    };
    match &remark.finding.span {
        Some(span) => format!("{} at {}..{} of the {part}", remark.finding.rule, span.start, span.end),
        None => remark.finding.rule.to_owned(),
    }
}

/// In the language of the text.
pub fn advice(remark: &Remark) -> String {
    format!("{}: {} {}", place(remark), remark.finding.reason, remark.finding.suggestion)
}

/// Where the writer of a draft can mend it: the fact that brought a phrase, or that nobody has told; else the template.
fn field(remark: &Remark, values: &Values) -> String {
    let quote = remark.finding.quote.as_str();
    let brings = |name: &&str| match values.get(name) {
        Some(Told::Text(value)) => value.contains(quote),
        Some(Told::List(values)) => values.iter().any(|value| value.contains(quote)),
        None => false,
    };
    let is_meant = |variables: &[&str]| match remark.finding.span {
        Some(_) => variables.iter().any(brings),
        None => {
            let wanted = telling(remark.finding.rule);
            let is_told = wanted.iter().any(|name| values.get(name).is_some());
            !is_told && variables.iter().any(|name| wanted.contains(name))
        }
    };
    let fact = fact::ALL.iter().find(|fact| is_meant(fact.variables));
    fact.map_or(TEMPLATE, |fact| fact.field).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(kind: MessageKind, language: &str, values: &[(&'static str, &str)], text: &str) -> Outcome {
        let mut known = Values::default();
        for (name, value) in values {
            known.text(name, *value);
        }
        let composed = Composed {
            subject: "Hello".to_owned(),
            text: text.to_owned(),
            template_id: String::new(),
            template_name: String::new(),
            language: language.to_owned(),
            assignment: None,
            used: Vec::new(),
            passed_over: Vec::new(),
            values: known,
        };
        let mut outcome = Outcome { composed: Some(composed), ..Outcome::default() };
        decide(&mut outcome, kind, &Tuning::default(), DateTime::UNIX_EPOCH);
        outcome
    }

    #[test]
    fn an_error_refuses_and_says_where_and_what_to_do_but_not_what_it_read() {
        let body = "Please call us by 3 December or else we will blacklist you. Rita, ASAP";
        let outcome = outcome(MessageKind::Custom, "en", &[("body", body)], body);
        assert!(outcome.composed.is_none());
        let error = outcome.error().unwrap();
        assert_eq!(error.reason(), UNCLEAR);
        assert!(error.violations().iter().all(|(field, _)| field == "draft.facts.body"), "{error:?}");
        let told = &outcome.verdicts[0].detail;
        assert!(told.starts_with("threat at ") && told.contains("; to be better: vague_time at 66..70"), "{told}");
        for word in ["blacklist", "Rita", "or else", "ASAP"] {
            assert!(!told.contains(word) && !format!("{:?}", error.violations()).contains(word), "{word}");
        }
    }

    #[test]
    fn a_warning_passes_and_is_noted() {
        let outcome = outcome(MessageKind::Custom, "en", &[], "Please call us ASAP about your interview.");
        assert!(outcome.composed.is_some() && outcome.error().is_none());
        assert_eq!(outcome.verdicts[0].detail, "to be better: vague_time at 15..19 of the body");
    }

    #[test]
    fn what_is_missing_is_mended_in_the_template_or_by_the_fact() {
        let text = "您好，请确认。";
        let refused = outcome(MessageKind::InterviewInvitation, "zh-CN", &[("company", "晨光科技")], text);
        let fields = |rule: &str| {
            let faults = refused.faults.iter().filter(|(_, what)| what.starts_with(rule));
            faults.map(|(field, _)| field.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(fields("missing_company"), ["template"], "it is known, and the text does not tell it");
        assert_eq!(fields("missing_duration"), ["facts.duration"]);
        assert!(refused.faults.iter().any(|(_, what)| what.contains("写明公司名称")), "{:?}", refused.faults);
    }
}
