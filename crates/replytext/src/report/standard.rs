//! Delivery reports in the form of RFC 3464, and of RFC 6533 for addresses beyond ASCII.

use super::{Deliveries, Delivery, blocks, outcome, returned_id, typed};
use crate::{
    limits,
    mime::{Head, Part},
    report::words,
};

/// The report, when the mail has a part for programs that names at least one recipient. `text` is what is written for
/// people.
pub(crate) fn standard(mail: &Part<'_>, text: &str) -> Option<Deliveries> {
    let is_status = |part: &&&Part<'_>| {
        let media = part.head.media();
        media.is("message", "delivery-status") || media.is("message", "global-delivery-status")
    };
    let all = mail.all();
    let blocks = all.iter().find(is_status).map(|part| blocks(part))?;
    let recipients: Vec<_> = blocks.iter().filter_map(delivery).take(limits::RECIPIENTS).collect();
    if recipients.is_empty() {
        return None;
    }
    Some(Deliveries {
        form: "standard".to_owned(),
        envelope_id: blocks.iter().find_map(|block| block.text("Original-Envelope-Id")),
        original_message_id: returned_id(mail).or_else(|| words::returned_id(text)),
        recipients,
    })
}

fn delivery(block: &Head) -> Option<Delivery> {
    let original_recipient = block.text("Original-Recipient").map(|value| typed(&value));
    let recipient = block.text("Final-Recipient").map(|value| typed(&value)).or_else(|| original_recipient.clone())?;
    let action = block.text("Action").map(|value| value.to_ascii_lowercase());
    let diagnostic = block.text("Diagnostic-Code").map(|value| behind_type(&value)).unwrap_or_default();
    let status = block.text("Status").and_then(|value| outcome::Status::found(&value));
    let (outcome, status) = outcome::of(action.as_deref(), status, &diagnostic);
    Some(Delivery { recipient, original_recipient, action, status, diagnostic, outcome })
}

/// The words behind `smtp;`, where there is such a type.
fn behind_type(value: &str) -> String {
    let is_type = |kind: &str| kind.len() <= 20 && !kind.contains(' ');
    value.split_once(';').filter(|(kind, _)| is_type(kind.trim())).map_or(value, |(_, words)| words).trim().to_owned()
}
