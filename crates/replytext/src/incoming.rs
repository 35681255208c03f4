//! A mail that came in.

use chrono::{DateTime, Utc};

use crate::{Automatic, Deliveries, Fault, Feedback, automatic, limits, mime, mime::Head, report};

/// Somebody's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// As it was written.
    pub address: String,
    /// Empty when there is none.
    pub name: String,
}

/// An address that the mail was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// As it was written.
    pub address: String,
    /// What stands behind the first `+` of the local part (RFC 5233), as it was written.
    pub token: Option<String>,
}

/// Something in a mail that speaks for what it is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it stands: the name of a header, or `body`.
    pub place: &'static str,
    /// What stands there.
    pub value: String,
}

/// What a mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing says that a program wrote it.
    Person,
    /// A program answered, or sent it by itself.
    Automatic(Automatic),
    /// It says what became of a mail (RFC 3464, and forms that are older or of one provider).
    Delivery(Deliveries),
    /// A provider says what somebody thinks of a mail (RFC 5965).
    Feedback(Feedback),
}

/// A mail that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Who wrote it (`From`), without which a mail may still be a report.
    pub sender: Option<Mailbox>,
    /// To whom it was sent, by all headers that say so, each address once.
    pub recipients: Vec<Recipient>,
    /// Without brackets, as are the other identifiers.
    pub message_id: Option<String>,
    /// What it answers; usually one.
    pub in_reply_to: Vec<String>,
    /// The mails before it, the oldest first.
    pub references: Vec<String>,
    /// When it was written, as its writer's clock says.
    pub date: Option<DateTime<Utc>>,
    /// On one line; empty when there is none.
    pub subject: String,
    /// What its writer says, with what they quote.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

/// The headers that name recipients; the last ones say whom the mail server had in hand.
const RECIPIENTS: [&str; 9] = [
    "To",
    "Cc",
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Forwarded-To",
    "X-Rcpt-To",
    "Apparently-To",
];

/// Reads a mail as it was received (RFC 5322).
///
/// # Errors
/// [`Fault::TOO_LARGE`], or [`Fault::NO_MAIL`] for bytes without a header. A damaged mail is read as far as it goes.
pub fn read(raw: &[u8]) -> Result<Incoming, Fault> {
    if raw.len() > limits::MAIL {
        return Err(Fault::TOO_LARGE);
    }
    let mail = mime::Part::read(raw.trim_ascii_start());
    if mail.head.is_empty() {
        return Err(Fault::NO_MAIL);
    }
    let head = &mail.head;
    let text = mime::spoken(&mail);
    let subject = head.text("Subject").unwrap_or_default();
    let kind = kind(&mail, &subject, &text);
    Ok(Incoming {
        sender: head.mailboxes("From").into_iter().next(),
        recipients: recipients(head),
        message_id: head.ids("Message-ID").into_iter().next(),
        in_reply_to: head.ids("In-Reply-To"),
        references: head.ids("References"),
        date: head.time("Date"),
        subject,
        kind,
        text,
    })
}

/// A report by its form first, then a program's answer by its headers, and only then a report by its words: those of
/// providers who know no form.
fn kind(mail: &mime::Part<'_>, subject: &str, text: &str) -> Kind {
    if let Some(feedback) = report::feedback(mail) {
        return Kind::Feedback(feedback);
    }
    if let Some(deliveries) = report::standard(mail, text).or_else(|| report::in_words(mail, subject, text)) {
        return Kind::Delivery(deliveries);
    }
    automatic::seen(mail, subject, text).map_or(Kind::Person, Kind::Automatic)
}

fn recipients(head: &Head) -> Vec<Recipient> {
    let mut recipients: Vec<Recipient> = Vec::new();
    for mailbox in RECIPIENTS.iter().flat_map(|name| head.mailboxes(name)) {
        let address = mailbox.address;
        if !recipients.iter().any(|known| known.address.eq_ignore_ascii_case(&address)) {
            recipients.push(Recipient { token: token(&address), address });
        }
        if recipients.len() == limits::VALUES {
            break;
        }
    }
    recipients
}

fn token(address: &str) -> Option<String> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, token) = local.split_once('+')?;
    (!token.is_empty()).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_behind_the_plus() {
        assert_eq!(token("reply+tOk-1=@usher.example.com").as_deref(), Some("tOk-1="));
        assert_eq!(token("a+b+c@x").as_deref(), Some("b+c"));
        for none in ["reply@x", "reply+@x", "re+ply", ""] {
            assert_eq!(token(none), None, "{none}");
        }
    }

    #[test]
    fn each_recipient_once() {
        let raw = b"To: \"We\" <reply+t@example.com>, b@example.com\nDelivered-To: REPLY+t@example.com\nCc: c@example.com\n\nhi";
        let incoming = read(raw).unwrap();
        let addresses: Vec<_> = incoming.recipients.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(addresses, ["reply+t@example.com", "b@example.com", "c@example.com"]);
        assert_eq!(incoming.text, "hi");
    }

    #[test]
    fn what_is_no_mail_is_refused() {
        assert_eq!(read(b""), Err(Fault::NO_MAIL));
        assert_eq!(read(b"\r\n \r\n"), Err(Fault::NO_MAIL));
        assert_eq!(read(&vec![b'a'; limits::MAIL + 1]), Err(Fault::TOO_LARGE));
    }
}
