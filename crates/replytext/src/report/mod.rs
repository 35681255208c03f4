//! What mail servers and providers say about a mail that went out.

mod feedback;
mod outcome;
mod standard;
mod words;

pub(crate) use feedback::feedback;
pub use feedback::{Feedback, FeedbackKind};
pub use outcome::{Outcome, Status};
pub(crate) use standard::standard;
pub(crate) use words::in_words;

use crate::mime::{Head, Part, split, undone};

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliveries {
    /// How that is known: `standard` for RFC 3464, or the name of a form of `rules/bounces.toml`.
    pub form: String,
    /// The identifier that was given with `ENVID` when the mail was handed over.
    pub envelope_id: Option<String>,
    /// The `Message-ID` of the mail, from the part of it that was returned, without brackets.
    pub original_message_id: Option<String>,
    /// One of each recipient that is spoken of; none when no address is named.
    pub recipients: Vec<Delivery>,
}

/// What became of a mail to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Where it was to be delivered at last (`Final-Recipient`).
    pub recipient: String,
    /// Where it was sent to (`Original-Recipient`), when that is said.
    pub original_recipient: Option<String>,
    /// `Action`, in lower case.
    pub action: Option<String>,
    /// `Status`, or the code in the server's words.
    pub status: Option<Status>,
    /// The server's words; empty when there are none.
    pub diagnostic: String,
    /// What that means.
    pub outcome: Outcome,
}

/// The `Message-ID` of the mail that comes back with a report.
fn returned_id(mail: &Part<'_>) -> Option<String> {
    let is_returned = |part: &&&Part<'_>| {
        let media = part.head.media();
        (media.kind == "message" && matches!(media.subtype.as_str(), "rfc822" | "global" | "rfc822-headers"))
            || media.is("message", "global-headers")
            || media.is("text", "rfc822-headers")
    };
    mail.all().iter().filter(is_returned).find_map(|part| {
        let bytes = undone(part);
        let (head, _) = split(bytes.trim_ascii_start());
        Head::read(head).ids("Message-ID").into_iter().next()
    })
}

/// Blocks of fields, as reports have them, parted by empty lines.
fn blocks(part: &Part<'_>) -> Vec<Head> {
    let bytes = undone(part);
    let mut blocks = Vec::new();
    let mut rest = bytes.trim_ascii_start();
    while !rest.is_empty() && blocks.len() <= crate::limits::RECIPIENTS {
        let (block, behind) = split(rest);
        blocks.push(Head::read(block));
        rest = behind.trim_ascii_start();
    }
    blocks
}

/// What stands behind the type of a field such as `rfc822; somebody@example.com`, without brackets.
fn typed(value: &str) -> String {
    let value = value.split_once(';').map_or(value, |(_, value)| value).trim();
    value.strip_prefix('<').and_then(|value| value.strip_suffix('>')).unwrap_or(value).trim().to_owned()
}
