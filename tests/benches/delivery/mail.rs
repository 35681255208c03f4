//! The one mail that all contenders send: what Usher has rendered, taken to pieces for the others.

use std::{fs, path::Path};

use lettre::{
    Message,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
};
use mail_parser::{MessageParser, MimeHeaders as _};
use serde::{Deserialize, Serialize};

/// Its pieces.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    from: String,
    subject: String,
    text: String,
    html: String,
    calendar: String,
    method: String,
}

impl Mail {
    /// From the wire.
    pub fn read(bytes: &[u8]) -> Self {
        let mail = MessageParser::default().parse(bytes).expect("a mail");
        let from = mail.from().and_then(|from| from.first()).expect("a sender");
        let calendar = mail
            .parts
            .iter()
            .find(|part| {
                let kind = part.content_type();
                kind.is_some_and(|kind| kind.subtype() == Some("calendar") && kind.attribute("method").is_some())
            })
            .expect("a mail with a calendar entry");
        let method = calendar.content_type().and_then(|kind| kind.attribute("method")).unwrap_or_default();
        Self {
            from: format!("{} <{}>", from.name().unwrap_or_default(), from.address().unwrap_or_default()),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
            html: mail.body_html(0).unwrap_or_default().into_owned(),
            calendar: calendar.text_contents().unwrap_or_default().to_owned(),
            method: method.to_owned(),
        }
    }

    /// For programs in other languages.
    pub fn write(&self, file: &Path) {
        fs::write(file, serde_json::to_string(self).unwrap()).unwrap();
    }

    /// As it was written.
    pub fn kept(file: &Path) -> Self {
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    /// One for somebody, with everything that a mail of Usher's has.
    pub fn compose(&self, id: &str, name: &str, address: &str) -> Message {
        let kind = |kind: &str| ContentType::parse(kind).unwrap();
        let calendar = SinglePart::builder()
            .header(kind(&format!("text/calendar; charset=utf-8; method={}", self.method)))
            .body(self.calendar.clone());
        let readings = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone()).singlepart(calendar);
        let attached = Attachment::new("interview.ics".to_owned())
            .body(self.calendar.clone(), kind("text/calendar; charset=utf-8"));
        Message::builder()
            .message_id(Some(id.to_owned()))
            .from(self.from.parse().unwrap())
            .to(Mailbox::new(Some(name.to_owned()), address.parse().unwrap()))
            .subject(&self.subject)
            .multipart(MultiPart::mixed().multipart(readings).singlepart(attached))
            .unwrap()
    }
}
