//! The ways out. An adapter is one file.

pub mod file;
pub mod smtp;

use async_trait::async_trait;
use lettre::{
    Message as Mail,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
};

use chassis::{Error, Result};
use chrono::{DateTime, Utc};

use crate::domain::{calendar, compose::line, html, message::Message};

/// Why a channel did not take a message. The text holds no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Another try may help.
    #[error("{0}")]
    Transient(String),
    /// Nothing will help.
    #[error("{0}")]
    Permanent(String),
}

impl SendError {
    /// Stable, for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Transient(_) => "TRIES_EXHAUSTED",
            Self::Permanent(_) => "CHANNEL_REJECTED",
        }
    }
}

/// A way out.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Hands a mail over. When it returns `Ok`, the other side has it.
    async fn send(&self, name: &str, mail: &Mail) -> Result<(), SendError>;
}

/// The mail of a message.
pub fn mail(message: &Message, from: &Mailbox, address: &str, name: &str, now: DateTime<Utc>) -> Result<Mail> {
    let facts = message.draft.facts.clone().unwrap_or_default();
    let to = Mailbox::new(
        Some(line(name)).filter(|name| !name.is_empty()),
        address.parse().map_err(|_| Error::invalid("email", "EMAIL_INVALID", "is not an address"))?,
    );
    let answer = message.text.lines().map(str::trim).find(|line| line.starts_with("http") && line.contains("/c/"));
    let label = html::answer_label(message.kind(), &message.language);
    let html = html::document(&message.text, &message.language, answer.map(|url| (url, label)));
    let summary = if message.language == "en" {
        format!("Interview: {} at {}", facts.position, facts.company)
    } else {
        format!("{} {}面试", facts.company, facts.position)
    };
    let entry = calendar::entry(message.kind(), &facts, &summary, from.email.as_ref(), now)?;

    let mut readings = MultiPart::alternative_plain_html(message.text.clone(), html);
    if let Some((text, method)) = &entry {
        readings = readings.singlepart(part(&format!("text/calendar; charset=utf-8; method={method}"), text)?);
    }
    let body = match &entry {
        None => readings,
        // Once for programs that read it in place, once as a file for those that do not.
        Some((text, _)) => MultiPart::mixed().multipart(readings).singlepart(
            Attachment::new("interview.ics".to_owned())
                .body(text.clone(), content_type("text/calendar; charset=utf-8")?),
        ),
    };
    Mail::builder()
        .message_id(Some(message.rfc_message_id()))
        .date(message.create_time.into())
        .from(from.clone())
        .to(to)
        .subject(&message.subject)
        .multipart(body)
        .map_err(|error| Error::internal("a mail can not be put together", &error))
}

fn part(kind: &str, text: &str) -> Result<SinglePart> {
    Ok(SinglePart::builder().header(content_type(kind)?).body(text.to_owned()))
}

fn content_type(kind: &str) -> Result<ContentType> {
    ContentType::parse(kind).map_err(|error| Error::internal("a content type does not parse", &error))
}
