//! What a provider says that somebody thinks of a mail (RFC 5965).

use super::{blocks, returned_id, typed};
use crate::{
    limits,
    mime::{Head, Part, split, undone},
};

/// What they think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackKind {
    /// They complain: `abuse`, as it is when they press “this is spam”.
    Abuse,
    /// Somebody pretends to be another: `fraud`.
    Fraud,
    /// It carries something harmful: `virus`.
    Virus,
    /// It is none of what a filter took it for (RFC 6430).
    NotSpam,
    /// It failed a check of who sent it (RFC 6591).
    AuthFailure,
    /// Anything else.
    Other,
}

impl FeedbackKind {
    /// Whether nobody may write to them any more.
    pub fn is_complaint(self) -> bool {
        matches!(self, Self::Abuse | Self::Fraud | Self::Virus | Self::Other)
    }
}

/// What a provider says that somebody thinks of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// What they think.
    pub kind: FeedbackKind,
    /// To whom the mail went, when that is said; providers often leave it out.
    pub recipients: Vec<String>,
    /// The identifier that was given with `ENVID`.
    pub envelope_id: Option<String>,
    /// The `Message-ID` of the mail, without brackets.
    pub original_message_id: Option<String>,
}

/// The report, when the mail has the part of one.
pub(crate) fn feedback(mail: &Part<'_>) -> Option<Feedback> {
    let all = mail.all();
    let part = all.iter().find(|part| part.head.media().is("message", "feedback-report"))?;
    let blocks = blocks(part);
    let text = |name: &'static str| blocks.iter().find_map(|block| block.text(name));
    let kind = kind(&text("Feedback-Type")?);
    let mut recipients: Vec<_> = blocks.iter().flat_map(|block| block.all("Original-Rcpt-To")).collect();
    for recipient in &mut recipients {
        *recipient = typed(recipient);
    }
    if recipients.is_empty() {
        recipients = to(&all);
    }
    recipients.truncate(limits::RECIPIENTS);
    let envelope_id = text("Original-Envelope-Id");
    Some(Feedback { kind, recipients, envelope_id, original_message_id: returned_id(mail) })
}

fn kind(value: &str) -> FeedbackKind {
    match value.to_ascii_lowercase().as_str() {
        "abuse" => FeedbackKind::Abuse,
        "fraud" => FeedbackKind::Fraud,
        "virus" => FeedbackKind::Virus,
        "not-spam" => FeedbackKind::NotSpam,
        "auth-failure" => FeedbackKind::AuthFailure,
        _ => FeedbackKind::Other,
    }
}

/// To whom the mail that comes with the report was addressed.
fn to(all: &[&Part<'_>]) -> Vec<String> {
    let returned = all.iter().find(|part| part.head.media().is("message", "rfc822"));
    let read = |part: &&Part<'_>| Head::read(split(undone(part).trim_ascii_start()).0).mailboxes("To");
    returned.map(read).unwrap_or_default().into_iter().map(|mailbox| mailbox.address).collect()
}
