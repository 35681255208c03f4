//! The mail of a message: text, HTML, and the calendar entry where there is one.

use chassis::{Error, Result};
use lettre::{
    Message as Mail,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
};

use super::Parcel;
use crate::domain::{calendar, compose::line, html, short};

/// The mail of a message.
pub fn mail(parcel: Parcel<'_>, from: &Mailbox) -> Result<Mail> {
    let Parcel { message, address, name, now } = parcel;
    let facts = message.draft.facts.clone().unwrap_or_default();
    let to = Mailbox::new(
        Some(line(name)).filter(|name| !name.is_empty()),
        address.parse().map_err(|_| Error::invalid("email", "EMAIL_INVALID", "is not an address"))?,
    );
    let answer = short::answer_link(&message.text);
    let label = if message.language == "en" { "Confirm or change" } else { "确认或改时间" };
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
