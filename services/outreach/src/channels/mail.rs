//! The mail of a message: text, HTML, and the calendar entry where there is one.

use chassis::{Error, Result};
use lettre::{
    Message as Mail,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
};

use super::Parcel;
use crate::domain::{
    calendar,
    compose::line,
    html::{self, Ways},
    short,
};

/// The mail of a message.
pub fn mail(parcel: Parcel<'_>, from: &Mailbox) -> Result<Mail> {
    let Parcel { message, address, name, traces, unsubscribe_url, reply_to, now, .. } = parcel;
    let facts = message.draft.facts.clone().unwrap_or_default();
    let to = Mailbox::new(
        Some(line(name)).filter(|name| !name.is_empty()),
        address.parse().map_err(|_| Error::invalid("email", "EMAIL_INVALID", "is not an address"))?,
    );
    let answer = short::answer_link(&message.text);
    let label = html::answer_label(message.kind(), &message.language);
    let ways = Ways {
        button: answer.map(|url| (url, label)),
        detour: &|place| traces?.link(message, place),
        opening: traces.and_then(|traces| traces.opening(message)),
    };
    let html = html::document(&message.text, &message.language, &ways);
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
    let mut builder = Mail::builder();
    if !unsubscribe_url.is_empty() {
        // RFC 2369 and RFC 8058: the mail program's own button, which works with one click.
        builder = builder
            .header(ListUnsubscribe(format!("<{unsubscribe_url}>")))
            .header(ListUnsubscribePost("List-Unsubscribe=One-Click".to_owned()));
    }
    if let Some(address) = reply_to {
        let address = address.parse().map_err(|error| Error::internal("an address for replies is none", &error))?;
        builder = builder.reply_to(Mailbox::new(from.name.clone(), address));
    }
    builder
        .message_id(Some(message.rfc_message_id()))
        .date(message.create_time.into())
        .from(from.clone())
        .to(to)
        .subject(&message.subject)
        .multipart(body)
        .map_err(|error| Error::internal("a mail can not be put together", &error))
}

/// A header that lettre has no type for.
macro_rules! header {
    ($type:ident, $name:literal) => {
        #[derive(Debug, Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                // Not folded: some of those who click read one line.
                HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), self.0.clone())
            }
        }
    };
}

header!(ListUnsubscribe, "List-Unsubscribe");
header!(ListUnsubscribePost, "List-Unsubscribe-Post");

fn part(kind: &str, text: &str) -> Result<SinglePart> {
    Ok(SinglePart::builder().header(content_type(kind)?).body(text.to_owned()))
}

fn content_type(kind: &str) -> Result<ContentType> {
    ContentType::parse(kind).map_err(|error| Error::internal("a content type does not parse", &error))
}
