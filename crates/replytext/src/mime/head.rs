//! The fields of a head.

use chrono::{DateTime, Utc};
use mail_parser::{HeaderForm, HeaderName, HeaderValue, Message, MessageParser};

use super::{charset, clean};
use crate::{Mailbox, limits};

/// What a part says that it is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Media {
    /// In lower case, such as `text`. A part that does not say is `text/plain` (RFC 2045, 5.2).
    pub kind: String,
    pub subtype: String,
    pub boundary: Option<String>,
    pub charset: Option<String>,
    pub report: Option<String>,
    pub is_flowed: bool,
    pub drops_space: bool,
    pub has_name: bool,
}

impl Media {
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }
}

/// The fields between the beginning of a part and its first empty line.
pub(crate) struct Head(Option<Message<'static>>);

impl Head {
    /// Reads them. Bytes that are no UTF-8 are read in the encoding that they look like.
    pub fn read(bytes: &[u8]) -> Self {
        let mut bytes = match str::from_utf8(bytes) {
            Ok(_) => bytes.to_vec(),
            Err(_) => charset::guess(bytes).into_bytes(),
        };
        // The last field of a part that is nothing but a head may have no line end, and would not be read.
        bytes.extend_from_slice(b"\n\n");
        Self(MessageParser::new().parse_headers(&bytes).map(Message::into_owned))
    }

    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|message| message.headers().is_empty())
    }

    fn values(&self, name: &'static str, form: HeaderForm) -> Vec<HeaderValue<'_>> {
        self.0.as_ref().map(|message| message.header_as(HeaderName::from(name), form)).unwrap_or_default()
    }

    /// The first field of the name, on one line.
    pub fn text(&self, name: &'static str) -> Option<String> {
        let values = self.values(name, HeaderForm::Text);
        values.iter().find_map(HeaderValue::as_text).map(value).filter(|text| !text.is_empty())
    }

    /// All fields of the name, each on one line.
    pub fn all(&self, name: &'static str) -> Vec<String> {
        let values = self.values(name, HeaderForm::Text);
        let texts = values.iter().filter_map(HeaderValue::as_text).map(value);
        texts.filter(|text| !text.is_empty()).take(limits::VALUES).collect()
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &'static str) -> bool {
        !self.values(name, HeaderForm::Raw).is_empty()
    }

    /// Identifiers without their brackets.
    pub fn ids(&self, name: &'static str) -> Vec<String> {
        let mut ids = Vec::new();
        for found in self.values(name, HeaderForm::MessageIds) {
            match found {
                HeaderValue::Text(id) => ids.push(value(&id)),
                HeaderValue::TextList(list) => ids.extend(list.iter().take(limits::VALUES).map(|id| value(id))),
                _ => {}
            }
        }
        ids.retain(|id| !id.is_empty());
        ids.truncate(limits::VALUES);
        ids
    }

    pub fn mailboxes(&self, name: &'static str) -> Vec<Mailbox> {
        let values = self.values(name, HeaderForm::Addresses);
        let found = values.iter().filter_map(HeaderValue::as_address).flat_map(mail_parser::Address::iter);
        found.filter_map(mailbox).take(limits::VALUES).collect()
    }

    pub fn time(&self, name: &'static str) -> Option<DateTime<Utc>> {
        let values = self.values(name, HeaderForm::Date);
        let date = values.iter().find_map(HeaderValue::as_datetime).filter(|date| date.is_valid())?;
        DateTime::from_timestamp(date.to_timestamp(), 0)
    }

    pub fn media(&self) -> Media {
        let plain = || Media { kind: "text".to_owned(), subtype: "plain".to_owned(), ..Media::default() };
        let Some(found) = self.structured("Content-Type") else { return plain() };
        let attribute = |name| found.attribute(name).map(str::to_owned);
        let says = |name, value: &str| found.attribute(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
        let Some(subtype) = found.subtype() else { return plain() };
        Media {
            kind: found.ctype().to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            boundary: attribute("boundary").filter(|boundary| !boundary.is_empty()),
            charset: attribute("charset"),
            report: attribute("report-type").map(|report| report.to_ascii_lowercase()),
            is_flowed: says("format", "flowed"),
            drops_space: says("delsp", "yes"),
            has_name: found.has_attribute("name"),
        }
    }

    /// Whether the part is to be kept apart from what is read.
    pub fn is_attached(&self) -> bool {
        self.structured("Content-Disposition")
            .is_some_and(|found| found.is_attachment() || found.has_attribute("filename"))
    }

    fn structured(&self, name: &'static str) -> Option<&mail_parser::ContentType<'static>> {
        self.0.as_ref()?.header(name)?.as_content_type()
    }
}

fn mailbox(found: &mail_parser::Addr<'_>) -> Option<Mailbox> {
    let address = value(found.address()?);
    let name = found.name().map(value).unwrap_or_default();
    (!address.is_empty()).then_some(Mailbox { address, name })
}

/// On one line, without what can not be seen, and not without end.
fn value(text: &str) -> String {
    let mut seen = clean(text).replace(['\n', '\t'], " ");
    if let Some((end, _)) = seen.char_indices().nth(limits::VALUE) {
        seen.truncate(end);
    }
    seen.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_old_encodings() {
        let (raw, _, _) =
            encoding_rs::GBK.encode("Subject: 回复：面试邀请，上海的岗位\nFrom: 李雷 <a@example.com>\n\n");
        let head = Head::read(&raw);
        assert_eq!(head.text("Subject").unwrap(), "回复：面试邀请，上海的岗位");
        assert_eq!(head.mailboxes("From"), [Mailbox { address: "a@example.com".into(), name: "李雷".into() }]);
        let head = Head::read(b"Subject: =?gb18030?B?u9i4tKO6w+bK1A==?= =?utf-8?Q?_ok?=\n\n");
        assert_eq!(head.text("Subject").unwrap(), "回复：面试 ok");
    }

    #[test]
    fn what_a_part_is() {
        let head =
            Head::read(b"content-type: Text/HTML; charset=\"GBK\"\ncontent-disposition: attachment; filename=a\n\n");
        assert!(head.media().is("text", "html") && head.is_attached());
        assert_eq!(head.media().charset.as_deref(), Some("GBK"));
        assert!(Head::read(b"\n").media().is("text", "plain"));
        assert!(Head::read(b"\n").is_empty() && Head::read(b"").is_empty());
    }

    #[test]
    fn identifiers_lose_their_brackets() {
        let head = Head::read(b"References: <a@x>\n <b@x>\nMessage-ID: <c@x>\nIn-Reply-To: broken\n\n");
        assert_eq!(head.ids("References"), ["a@x", "b@x"]);
        assert_eq!(head.ids("Message-ID"), ["c@x"]);
        assert_eq!(head.ids("In-Reply-To"), ["broken"]);
    }
}
