//! Something that came in, as far as it can be read without knowing anything else: what it is, what it says, and by what it
//! may be known whose it is.

use replytext::{AutomaticKind, Incoming, Kind};
use sha2::{Digest as _, Sha256};
use usher_proto::outreach::v1::{DeliveryOutcome, InboundText, ReplyKind, ReplyMatch};

use super::{
    Sender,
    address::{Addresses, Place},
    reading::{self, Reading, kept},
};
use crate::domain::message::{self, EMAIL, MessageId};

/// Lines of evidence that are kept, and the characters of one.
const EVIDENCE: usize = 10;
const EVIDENCE_LENGTH: usize = 200;
/// Characters that are kept of a name, an address, an identifier.
const LINE: usize = 320;
/// Of the words themselves.
pub const WORDS: usize = 20_000;
/// Of those that many identifiers name.
const CLUES: usize = 50;

/// Something that came in.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The same for what comes again.
    pub known_by: Vec<u8>,
    pub channel: String,
    pub kind: ReplyKind,
    /// By what it may be known whose it is, the best first.
    pub clues: Vec<Clue>,
    pub sender: Option<Sender>,
    pub subject: String,
    pub text: String,
    pub reading: Reading,
    pub evidence: Vec<String>,
    /// Of which addresses it speaks: the sender's, or those of a report.
    pub about: Vec<About>,
    pub rfc_message_id: String,
}

/// A message that it may answer, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clue {
    pub message: MessageId,
    pub how: ReplyMatch,
}

/// What is said of an address.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub address: String,
    /// The address that it was sent to before it was passed on, where that is said.
    pub original: Option<String>,
    pub outcome: DeliveryOutcome,
    pub status: String,
}

impl Arrival {
    /// A mail that came to a place.
    pub fn mail(raw: &[u8], mail: &Incoming, recipient: &str, place: Place, addresses: &Addresses) -> Self {
        let clues = clues(mail, place, addresses);
        // A mail that goes to a message's address and to the tenant's as well is one answer to the message.
        let answers = clues.first().map_or_else(|| recipient.to_ascii_lowercase(), |clue| clue.message.to_string());
        let known_by = match &mail.message_id {
            Some(id) => same(&[b"mail", id.as_bytes(), answers.as_bytes()]),
            None => same(&[b"bytes", raw, answers.as_bytes()]),
        };
        let sender = mail
            .sender
            .as_ref()
            .map(|sender| Sender { name: kept(&sender.name, LINE), address: kept(&sender.address, LINE) });
        let (kind, reading, text, evidence) = said(mail);
        Self {
            known_by,
            channel: EMAIL.to_owned(),
            kind,
            clues,
            subject: kept(&mail.subject, LINE),
            text,
            reading,
            evidence,
            about: about(mail),
            sender,
            rfc_message_id: kept(mail.message_id.as_deref().unwrap_or_default(), LINE),
        }
    }

    /// A reply that a program brings, known as `source` here, and the message that it says it answers.
    pub fn text(source: &str, text: &InboundText, message: Option<MessageId>) -> Self {
        let words = replytext::own_words(&text.text).words;
        let sender = Sender { name: kept(&text.sender_name, LINE), address: kept(&text.sender_address, LINE) };
        let has_sender = sender != Sender { name: String::new(), address: String::new() };
        Self {
            known_by: same(&[b"text", source.as_bytes(), text.channel.as_bytes(), text.key.as_bytes()]),
            channel: text.channel.clone(),
            kind: ReplyKind::Person,
            clues: message.map(|message| Clue { message, how: ReplyMatch::Named }).into_iter().collect(),
            subject: String::new(),
            reading: reading::of(&words),
            text: kept(&words, WORDS),
            evidence: Vec::new(),
            about: vec![About { address: sender.address.clone(), ..About::default() }],
            sender: has_sender.then_some(sender),
            rfc_message_id: String::new(),
        }
    }
}

/// A hash over parts that no other parts have.
fn same(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// What wrote it, what it says, and by what that is known.
fn said(mail: &Incoming) -> (ReplyKind, Reading, String, Vec<String>) {
    let words = || replytext::own_words(&mail.text).words;
    match &mail.kind {
        Kind::Person => {
            let words = words();
            (ReplyKind::Person, reading::of(&words), kept(&words, WORDS), Vec::new())
        }
        Kind::Automatic(automatic) => {
            let words = words();
            let reading = reading::of_program(automatic.kind == AutomaticKind::Away, &words);
            let line = |one: &replytext::Evidence| kept(&format!("{}: {}", one.place, one.value), EVIDENCE_LENGTH);
            let evidence = automatic.evidence.iter().take(EVIDENCE).map(line).collect();
            (ReplyKind::Automatic, reading, kept(&words, WORDS), evidence)
        }
        Kind::Delivery(deliveries) => {
            let words = deliveries.recipients.first().map(|one| one.diagnostic.as_str()).unwrap_or_default();
            let evidence = vec![format!("form: {}", kept(&deliveries.form, EVIDENCE_LENGTH))];
            (ReplyKind::Delivery, Reading::default(), kept(words, WORDS), evidence)
        }
        Kind::Feedback(feedback) => {
            // That it is none of what a filter took it for is no complaint.
            let kind = if feedback.kind.is_complaint() { ReplyKind::Complaint } else { ReplyKind::Automatic };
            let evidence = vec![format!("Feedback-Type: {:?}", feedback.kind).to_lowercase()];
            (kind, Reading::default(), String::new(), evidence)
        }
    }
}

/// By what it may be known whose it is, the best first: the address that the mail server had in hand, the addresses that
/// stand in the mail, the mail that it answers, those before it, the one that a report returns.
fn clues(mail: &Incoming, place: Place, addresses: &Addresses) -> Vec<Clue> {
    let tenant = place.tenant();
    let addressed = |place: Place| match place {
        Place::Message(whose, message) if whose == tenant => Some((message, ReplyMatch::Address)),
        _ => None,
    };
    let named = |ids: &[String], how| -> Vec<_> {
        ids.iter().rev().filter_map(|id| Some((message::named(id)?, how))).collect()
    };
    let returned = match &mail.kind {
        Kind::Delivery(deliveries) => deliveries.original_message_id.as_deref(),
        Kind::Feedback(feedback) => feedback.original_message_id.as_deref(),
        Kind::Person | Kind::Automatic(_) => None,
    };
    let found = addressed(place)
        .into_iter()
        .chain(mail.recipients.iter().filter_map(|one| addressed(addresses.read(&one.address)?)))
        .chain(named(&mail.in_reply_to, ReplyMatch::InReplyTo))
        .chain(named(&mail.references, ReplyMatch::References))
        .chain(returned.and_then(message::named).map(|message| (message, ReplyMatch::Returned)));
    let mut clues: Vec<Clue> = Vec::new();
    for (message, how) in found {
        if clues.len() < CLUES && !clues.iter().any(|clue| clue.message == message) {
            clues.push(Clue { message, how });
        }
    }
    clues
}

/// Of which addresses it speaks.
fn about(mail: &Incoming) -> Vec<About> {
    match &mail.kind {
        Kind::Person | Kind::Automatic(_) => {
            let sender = mail.sender.iter();
            sender.map(|sender| About { address: sender.address.clone(), ..About::default() }).collect()
        }
        Kind::Feedback(feedback) => {
            let addresses = feedback.recipients.iter();
            addresses.map(|address| About { address: address.clone(), ..About::default() }).collect()
        }
        Kind::Delivery(deliveries) if deliveries.recipients.is_empty() => {
            vec![About { outcome: DeliveryOutcome::Unknown, ..About::default() }]
        }
        Kind::Delivery(deliveries) => {
            let one = |delivery: &replytext::Delivery| About {
                address: delivery.recipient.clone(),
                original: delivery.original_recipient.clone(),
                outcome: reading::outcome(delivery.outcome),
                status: delivery.status.map(|status| status.to_string()).unwrap_or_default(),
            };
            deliveries.recipients.iter().map(one).collect()
        }
    }
}
