//! Reports in words alone: of servers and providers who know no form, or leave it out.
//!
//! They are told by rules (`rules/bounces.toml`), each of which asks for the words of one program. Who wrote the mail
//! counts too: what a person writes about mail that came back is no report.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::{Deliveries, Delivery, Outcome, Status, outcome, returned_id as returned_part_id};
use crate::{fold::Folded, limits, mime::Part};

/// The rules, as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    daemon: String,
    address: String,
    form: Vec<WrittenForm>,
    reason: Vec<WrittenReason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenForm {
    name: String,
    sender: Option<String>,
    subject: Option<String>,
    body: Option<String>,
    recipient: Option<String>,
    copy: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReason {
    outcome: Outcome,
    pattern: String,
}

/// The rules, ready for use.
pub(super) struct Rules {
    /// Addresses of programs that carry mail.
    daemon: Regex,
    address: Regex,
    forms: Vec<Form>,
    pub reasons: Vec<Reason>,
}

/// How the report of one program is told. All that a form asks for must be there.
struct Form {
    name: String,
    sender: Option<Regex>,
    subject: Option<Regex>,
    body: Option<Regex>,
    /// Before an address that is reported on; the address is its first group.
    recipient: Option<Regex>,
    /// Behind it stands the mail that was sent.
    copy: Option<Regex>,
}

/// What some words say.
pub(super) struct Reason {
    pub outcome: Outcome,
    pub pattern: Regex,
}

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the rules are a part of the program, and tests use them")]
    Rules::read(include_str!("../../rules/bounces.toml")).expect("rules that can be read")
});

static MESSAGE_ID: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the pattern is a constant, and tests use it")]
    Regex::new(r"(?im)^[> ]*message-id\s*:\s*<([^<>\s]{1,400})>").expect("a constant pattern")
});

impl Rules {
    fn read(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        let pattern = |text: String| Regex::new(&format!("(?m){text}")).map_err(|error| error.to_string());
        let maybe = |text: Option<String>| text.map(pattern).transpose();
        let form = |form: WrittenForm| {
            let (sender, subject, body) = (maybe(form.sender)?, maybe(form.subject)?, maybe(form.body)?);
            let (recipient, copy) = (maybe(form.recipient)?, maybe(form.copy)?);
            Ok(Form { name: form.name, sender, subject, body, recipient, copy })
        };
        let reason = |reason: WrittenReason| Ok(Reason { outcome: reason.outcome, pattern: pattern(reason.pattern)? });
        Ok(Self {
            daemon: pattern(written.daemon)?,
            address: pattern(written.address)?,
            forms: written.form.into_iter().map(form).collect::<Result<_, String>>()?,
            reasons: written.reason.into_iter().map(reason).collect::<Result<_, String>>()?,
        })
    }
}

impl Form {
    fn is(&self, sender: &str, subject: &str, text: &str) -> bool {
        let asks = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        asks(&self.sender, sender) && asks(&self.subject, subject) && asks(&self.body, text)
    }
}

/// The report, when a program that carries mail wrote it and one of the forms is its.
pub(crate) fn in_words(mail: &Part<'_>, subject: &str, text: &str) -> Option<Deliveries> {
    let sender = mail.head.mailboxes("From").into_iter().next().map(|sender| sender.address.to_lowercase());
    let sender = sender.unwrap_or_default();
    let failed: Vec<_> = mail.head.mailboxes("X-Failed-Recipients").into_iter().map(|one| one.address).collect();
    let is_daemon = RULES.daemon.is_match(&sender) || !failed.is_empty() || has_no_return(mail);
    let (subject, folded) = (Folded::of(subject).text, Folded::of(text).text);
    let form = RULES.forms.iter().find(|form| is_daemon && form.is(&sender, &subject, &folded))?;
    let copy = form.copy.as_ref().and_then(|copy| copy.find(&folded)).map_or(folded.len(), |found| found.start());
    let said = folded.get(..folded.floor_char_boundary(copy.min(limits::REPORT))).unwrap_or(&folded);
    Some(Deliveries {
        form: form.name.clone(),
        envelope_id: None,
        original_message_id: returned_part_id(mail).or_else(|| returned_id(text)),
        recipients: deliveries(form, said, failed),
    })
}

/// Mail that must not be answered has nobody to return to (RFC 5321, 4.5.5).
fn has_no_return(mail: &Part<'_>) -> bool {
    mail.head.has("Return-Path") && mail.head.ids("Return-Path").is_empty()
}

/// The `Message-ID` of a mail that is quoted in a text.
pub(super) fn returned_id(text: &str) -> Option<String> {
    Some(MESSAGE_ID.captures(text)?.get(1)?.as_str().to_owned())
}

/// One of each address that is named; what stands between it and the next is about it.
fn deliveries(form: &Form, said: &str, failed: Vec<String>) -> Vec<Delivery> {
    let pattern = form.recipient.as_ref().unwrap_or(&RULES.address);
    let mut found: Vec<(usize, String)> = Vec::new();
    for captures in pattern.captures_iter(said).take(limits::RECIPIENTS) {
        if let (Some(whole), Some(address)) = (captures.get(0), captures.get(1))
            && !found.iter().any(|(_, known)| known == address.as_str())
            && !RULES.daemon.is_match(address.as_str())
        {
            found.push((whole.start(), address.as_str().to_owned()));
        }
    }
    if !failed.is_empty() {
        return failed.into_iter().take(limits::RECIPIENTS).map(|address| delivery(address, said, said)).collect();
    }
    let starts: Vec<_> = found.iter().map(|(start, _)| *start).chain([said.len()]).collect();
    let section = |at: usize| said.get(starts[at]..starts[at + 1]).unwrap_or_default();
    let is_only = found.len() == 1;
    let about = |(at, (_, address)): (usize, (usize, String))| {
        delivery(address, section(at), if is_only { said } else { section(at) })
    };
    found.into_iter().enumerate().map(about).collect()
}

/// `said` is about the recipient; `all` is what is asked when that says nothing.
fn delivery(recipient: String, said: &str, all: &str) -> Delivery {
    let diagnostic = diagnostic(said).or_else(|| diagnostic(all)).unwrap_or_default();
    let is_delayed = outcome::in_words(all) == Some(Outcome::Delayed);
    let status = Status::found(said).or_else(|| Status::found(all));
    let (outcome, status) = outcome::of(is_delayed.then_some("delayed"), status, said);
    let outcome = if outcome == Outcome::Unknown { outcome::in_words(all).unwrap_or(outcome) } else { outcome };
    Delivery { recipient, original_recipient: None, action: None, status, diagnostic, outcome }
}

/// The first line with a code in it, or with words that a rule knows.
fn diagnostic(said: &str) -> Option<String> {
    let says = |line: &&str| Status::found(line).is_some() || outcome::in_words(line).is_some();
    let line = said.lines().take(limits::VALUES).find(says)?;
    Some(line.trim().chars().take(limits::VALUE).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_can_be_read() {
        assert!(RULES.forms.len() > 5 && RULES.reasons.len() > 5);
        assert!(Rules::read("daemon = '('\naddress = ''\nform = []\nreason = []").is_err());
    }

    #[test]
    fn what_a_person_writes_about_bounces_is_none() {
        let person = "From: ann@example.com\nReturn-Path: <ann@example.com>\nSubject: Undelivered mail\n\n\
                      Hi. This is the qmail-send program at example.com.\n<bob@example.com>:\nno mailbox here";
        assert!(!matches!(crate::read(person.as_bytes()).unwrap().kind, crate::Kind::Delivery(_)));
    }
}
