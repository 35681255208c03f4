//! Facts that would like to be something else.

use mail_parser::{MessageParser, MimeHeaders as _};
use sink::Sink;

use super::*;

#[tokio::test]
async fn no_fact_writes_a_header_or_a_calendar_line() {
    let sink = Sink::new().await;
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 2, &talent)).await;
    let tenant = site.tenant();
    let candidate = id("cand");
    let name = "Eve\r\nBcc: many@example.com".to_owned();
    talent.introduce(&candidate, GetRecipientResponse { display_name: name, ..person(Language::En) });
    for (number, end) in ["\r\n", "\n", "\r"].into_iter().enumerate() {
        let mut draft = invitation(&number.to_string(), &candidate);
        let facts = draft.facts.as_mut().unwrap();
        facts.position = format!("Engineer{end}Bcc: many@example.com{end}{end}<b>body</b>");
        facts.company = format!("Example{end}To: many@example.com");
        facts.place = format!("Room 1{end}ATTENDEE:mailto:many@example.com");
        facts.link = format!("https://meet.example.com/{end}ATTENDEE:mailto:many@example.com");
        facts.contact_name = format!("Rita{end}ATTENDEE:mailto:many@example.com");
        facts.calendar_uid = format!("u{end}ATTENDEE:mailto:many@example.com");
        let message = send(&site, &tenant, draft).await.unwrap();
        becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    }
    let mut custom = invitation("custom", &candidate);
    custom.kind = MessageKind::Custom.into();
    custom.facts = Some(MessageFacts {
        subject: "Hello\r\nBcc: many@example.com".to_owned(),
        body: "Dear".to_owned(),
        ..MessageFacts::default()
    });
    let refused = send(&site, &tenant, custom).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "TEXT_REFUSED".to_owned()));

    let mails = sink.taken();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        assert_eq!(mail.to, ["lin.xiao@example.com"]);
        let parsed = MessageParser::default().parse(mail.text.as_bytes()).unwrap();
        assert!(parsed.bcc().is_none() && parsed.cc().is_none());
        assert_eq!(parsed.to().unwrap().iter().count(), 1);
        assert!(!parsed.body_html(0).unwrap().contains("<b>body"));
        for part in &parsed.parts {
            if part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar")) {
                let text = part.text_contents().unwrap();
                let mut lines = text.split(['\r', '\n']);
                assert!(!lines.any(|line| line.starts_with("ATTENDEE")), "{text:?}");
            }
        }
    }
    finish(site).await;
}
