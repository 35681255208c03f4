//! The mails of `mails/`: of many programs, providers and servers, each with what is read in it.

use std::{collections::BTreeMap, fs, path::Path};

use replytext::{AutomaticKind, Deliveries, Feedback, FeedbackKind, Incoming, Kind, intent, own_words, read};
use serde::Deserialize;

/// The token of the address that nearly all of them are sent to.
const TOKEN: &str = "tk7Qm2xA";
const ANSWERED: &str = "msg_0001@usher";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    kind: String,
    words: Option<String>,
    intent: Option<String>,
    message_id: Option<String>,
    form: Option<String>,
    original: Option<String>,
    #[serde(default)]
    deliveries: Vec<String>,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/mails"))
}

fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::Automatic(automatic) => match automatic.kind {
            AutomaticKind::Away => "away",
            AutomaticKind::Answer => "answer",
            AutomaticKind::Receipt => "receipt",
            AutomaticKind::Generated => "generated",
        },
        Kind::Delivery(_) => "delivery",
        Kind::Feedback(_) => "feedback",
    }
}

fn snake(value: impl std::fmt::Debug) -> String {
    let name = format!("{value:?}");
    let parts = name.char_indices().map(|(at, one)| {
        let mark = if at > 0 && one.is_uppercase() { "_" } else { "" };
        format!("{mark}{}", one.to_lowercase())
    });
    parts.collect()
}

#[test]
fn each_mail_is_read_as_what_it_is() {
    let table: BTreeMap<String, Expected> =
        toml::from_str(&fs::read_to_string(folder().join("expected.toml")).unwrap()).unwrap();
    let mails = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mails: Vec<_> = mails.filter(|path| path.extension().is_some_and(|kind| kind == "eml")).collect();
    assert_eq!(mails.len(), table.len(), "each mail stands in the table");
    let mut wrong = Vec::new();
    for (mail, expected) in &table {
        let raw = fs::read(folder().join(format!("{mail}.eml"))).unwrap();
        let crossed = String::from_utf8_lossy(&raw).replace('\n', "\r\n").into_bytes();
        let is_utf_8 = str::from_utf8(&raw).is_ok();
        // As it is stored, and as it goes over the wire.
        for raw in [Some(raw), is_utf_8.then_some(crossed)].into_iter().flatten() {
            wrong.extend(differences(&read(&raw).unwrap(), expected).into_iter().map(|what| format!("{mail}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differences(found: &Incoming, expected: &Expected) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, found: &str, expected: &str| {
        if found != expected {
            wrong.push(format!("{what} is {found:?} and not {expected:?}"));
        }
    };
    check("the kind", name(&found.kind), &expected.kind);
    check("the token", found.recipients[0].token.as_deref().unwrap_or_default(), TOKEN);
    let words = own_words(&found.text).words;
    if let Some(expected) = &expected.words {
        check("what they say", &words, expected);
    }
    if let Some(expected) = &expected.intent {
        check("what they want", &snake(intent(&words).kind), expected);
    }
    if let Some(expected) = &expected.message_id {
        check("the identifier", found.message_id.as_deref().unwrap_or_default(), expected);
    }
    if expected.kind == "person" {
        check("what is answered", found.in_reply_to.first().map_or("", String::as_str), ANSWERED);
        check(
            "the sender's place",
            found.sender.as_ref().map_or("", |sender| sender.address.as_str()).split('@').nth(1).unwrap_or(""),
            "example.com",
        );
    }
    let (form, original, deliveries) = match &found.kind {
        Kind::Delivery(report) => (report.form.clone(), report.original_message_id.clone(), delivered(report)),
        Kind::Feedback(report) => (snake(report.kind), report.original_message_id.clone(), report.recipients.clone()),
        _ => Default::default(),
    };
    check("the form", &form, expected.form.as_deref().unwrap_or_default());
    check("the original", &original.unwrap_or_default(), expected.original.as_deref().unwrap_or_default());
    check("what became of it", &deliveries.join("; "), &expected.deliveries.join("; "));
    wrong
}

fn delivered(report: &Deliveries) -> Vec<String> {
    let one = |delivery: &replytext::Delivery| {
        let status = delivery.status.map_or("-".to_owned(), |status| status.to_string());
        format!("{} {} {status}", delivery.recipient, snake(delivery.outcome))
    };
    report.recipients.iter().map(one).collect()
}

#[test]
fn a_complaint_is_told_from_other_feedback() {
    let kind = |mail: &str| match read(&fs::read(folder().join(mail)).unwrap()).unwrap().kind {
        Kind::Feedback(Feedback { kind, .. }) => kind,
        other => panic!("{other:?}"),
    };
    assert!(kind("complaint.eml").is_complaint());
    assert_eq!(kind("complaint-redacted.eml"), FeedbackKind::NotSpam);
    assert!(!FeedbackKind::NotSpam.is_complaint());
}
