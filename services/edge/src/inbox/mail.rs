//! One mail, taken apart.

use mail_parser::{Address, Message, MessageParser, MimeHeaders as _};

/// What a mail says.
#[derive(Debug)]
pub struct Mail {
    /// Its subject.
    pub subject: String,
    /// To whom.
    pub to: String,
    /// When it was written, as RFC 3339; empty when it does not say.
    pub date: String,
    /// Its headers, in their order.
    pub headers: Vec<(String, String)>,
    /// Its text.
    pub text: Option<String>,
    /// Its HTML.
    pub html: Option<String>,
    /// What hangs on it.
    pub attachments: Vec<Attachment>,
}

/// Something that hangs on a mail.
#[derive(Debug)]
pub struct Attachment {
    /// Its name; empty when it has none.
    pub name: String,
    /// Its media type.
    pub kind: String,
    /// Its size in bytes.
    pub size: usize,
}

impl Mail {
    /// From a file's content; `None` when that is no mail.
    pub fn read(raw: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(raw)?;
        // The parser finds something in anything; a mail says at least one of these.
        if message.from().is_none() && message.to().is_none() && message.subject().is_none() {
            return None;
        }
        Some(Self {
            subject: message.subject().unwrap_or_default().to_owned(),
            to: message.to().map(addresses).unwrap_or_default(),
            date: message.date().map(mail_parser::DateTime::to_rfc3339).unwrap_or_default(),
            headers: headers(&message),
            text: message.text_body.first().and_then(|_| message.body_text(0)).map(std::borrow::Cow::into_owned),
            html: own_html(&message),
            attachments: message.attachments().map(attachment).collect(),
        })
    }

    /// When it was written, for reading; as the mail says it where that is no date.
    pub fn date_text(&self) -> String {
        let read = chrono::DateTime::parse_from_rfc3339(&self.date);
        read.map_or_else(|_| self.date.clone(), |date| date.format("%Y-%m-%d %H:%M %:z").to_string())
    }
}

/// The HTML part, if there is one; the parser would also make one out of a text.
fn own_html(message: &Message<'_>) -> Option<String> {
    message.html_bodies().find(|part| part.is_text_html()).and_then(|part| part.text_contents()).map(str::to_owned)
}

fn headers(message: &Message<'_>) -> Vec<(String, String)> {
    let unfolded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect()
}

fn addresses(address: &Address<'_>) -> String {
    let one = |address: &mail_parser::Addr<'_>| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    address.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn attachment(part: &mail_parser::MessagePart<'_>) -> Attachment {
    let kind = part.content_type().map(|kind| match kind.subtype() {
        Some(subtype) => format!("{}/{subtype}", kind.ctype()),
        None => kind.ctype().to_owned(),
    });
    Attachment {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        kind: kind.unwrap_or_default(),
        size: part.contents().len(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAIL: &str = "From: Nebula <jobs@example.com>\r\n\
        To: =?utf-8?B?5p2O6Zu3?= <li@example.com>\r\n\
        Subject: =?utf-8?B?6Z2i6K+V6YKA6K+3?=\r\n\
        Date: Mon, 23 Nov 2026 10:00:00 +0800\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=m\r\n\r\n\
        --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n\
        --a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>hello</p>\r\n--a--\r\n\
        --m\r\nContent-Type: text/calendar; method=REQUEST\r\nContent-Disposition: attachment; filename=interview.ics\r\n\r\n\
        BEGIN:VCALENDAR\r\n--m--\r\n";

    #[test]
    fn takes_a_mail_apart() {
        let mail = Mail::read(MAIL.as_bytes()).unwrap();
        assert_eq!((mail.subject.as_str(), mail.to.as_str()), ("面试邀请", "李雷 <li@example.com>"));
        assert_eq!(mail.date, "2026-11-23T10:00:00+08:00");
        assert_eq!(mail.text.unwrap().trim(), "hello");
        assert_eq!(mail.html.unwrap().trim(), "<p>hello</p>");
        assert_eq!(mail.attachments.len(), 1);
        assert_eq!(
            (mail.attachments[0].name.as_str(), mail.attachments[0].kind.as_str()),
            ("interview.ics", "text/calendar")
        );
        assert!(mail.headers.iter().any(|(name, value)| name == "MIME-Version" && value == "1.0"));
    }

    #[test]
    fn a_mail_without_html_has_none() {
        let mail = Mail::read(b"Subject: a\r\n\r\njust text").unwrap();
        assert_eq!((mail.html, mail.text.as_deref()), (None, Some("just text")));
    }

    #[test]
    fn what_is_no_mail_is_none() {
        assert!(Mail::read(b"").is_none());
        assert!(Mail::read(&[0, 159, 146, 150]).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0..MAIL.len(), to: u8) {
            let _ = Mail::read(&bytes);
            let mut spoilt = MAIL.as_bytes().to_vec();
            spoilt[at] = to;
            let _ = Mail::read(&spoilt);
            let _ = Mail::read(&spoilt[..at]);
        }
    }
}
