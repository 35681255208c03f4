//! Templates read as somebody would: filled with invented facts.

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use clarity::{Severity, Tuning};
use usher_proto::outreach::v1::MessageDraft;

use super::{Part, Reading, Text, gate::advice};
use crate::domain::{
    choice::choose,
    compose::{Reader, compose},
    sample,
    template::Template,
};

/// Where the link of an invented message leads.
const ANSWER_LINK: &str = "https://usher.example/c/1";

/// A text of a template, and what is to be said about it.
#[derive(Debug, Clone)]
pub struct Sample {
    pub language: String,
    pub subject: String,
    pub body: String,
    pub reading: Reading,
}

/// Reads every text of a template. Errors: it can not be filled, as `PreviewTemplate`.
pub fn read(template: &Template, tuning: &Tuning, now: DateTime<Utc>) -> Result<Vec<Sample>> {
    template.variants.iter().map(|variant| of_language(template, &variant.language, tuning, now)).collect()
}

fn of_language(template: &Template, language: &str, tuning: &Tuning, now: DateTime<Utc>) -> Result<Sample> {
    let chosen = choose(Some(template), None, language).unwrap_or_default();
    let facts = Some(sample::facts(language, now));
    let draft = MessageDraft { kind: template.kind.into(), facts, ..MessageDraft::default() };
    let reader = Reader { name: sample::name(language).to_owned(), language: language.to_owned() };
    let outcome = compose(&draft, &reader, &chosen, ANSWER_LINK, now);
    if let Some(error) = outcome.error() {
        return Err(error);
    }
    let composed =
        outcome.composed.ok_or_else(|| Error::internal("a text passed every gate and is not there", &template.id))?;
    let text = Text { kind: template.kind, language, subject: &composed.subject, body: &composed.text };
    let reading = Reading::of(text, &composed.values, tuning);
    Ok(Sample { language: language.to_owned(), subject: composed.subject, body: composed.text, reading })
}

/// Refuses a template with an error. Errors: `TEMPLATE_UNCLEAR`, with each finding at its text.
pub fn expect_clear(samples: &[Sample]) -> Result<()> {
    if samples.iter().all(|sample| sample.reading.worst() != Some(Severity::Error)) {
        return Ok(());
    }
    let error = Error::failed_precondition("TEMPLATE_UNCLEAR", "readers of this text would have to ask, or be put off")
        .hint("LintTemplate shows all that is to be said about it");
    let errors = samples
        .iter()
        .enumerate()
        .flat_map(|(place, sample)| sample.reading.errors().take(MOST_TOLD).map(move |remark| (place, remark)));
    Err(errors.fold(error, |error, (place, remark)| {
        let part = if remark.part == Part::Subject { "subject" } else { "body" };
        error.and_field(format!("variants[{place}].{part}"), advice(remark))
    }))
}

/// So many errors of each text are told.
const MOST_TOLD: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::library;

    #[test]
    fn the_librarys_texts_are_clean() {
        for template in library::all() {
            for sample in read(template, &Tuning::default(), DateTime::UNIX_EPOCH).unwrap() {
                assert!(expect_clear(std::slice::from_ref(&sample)).is_ok());
                let rules: Vec<_> = sample.reading.remarks.iter().map(|remark| remark.finding.rule).collect();
                // What a recruiter writes by hand is theirs; alone it asks for nothing.
                assert!(
                    rules.is_empty() || template.id.contains("/custom/"),
                    "{} {rules:?}\n{}",
                    template.id,
                    sample.body
                );
            }
        }
    }
}
