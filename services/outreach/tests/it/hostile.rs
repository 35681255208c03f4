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
    let ends = ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\0"];
    for (number, end) in ends.into_iter().enumerate() {
        let mut draft = invitation(&number.to_string(), &candidate);
        let facts = draft.facts.as_mut().unwrap();
        facts.position = format!("Engineer{end}Bcc: many@example.com{end}{end}<b>body</b>");
        facts.company = format!("Example{end}To: many@example.com");
        facts.place = format!("Room 1{end}ATTENDEE:mailto:many@example.com");
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
    assert_eq!(mails.len(), ends.len());
    for mail in mails {
        assert_eq!(mail.to, ["lin.xiao@example.com"]);
        let parsed = MessageParser::default().parse(mail.text.as_bytes()).unwrap();
        assert!(parsed.bcc().is_none() && parsed.cc().is_none());
        assert_eq!(parsed.to().unwrap().iter().count(), 1);
        assert!(!parsed.body_html(0).unwrap().contains("<b>body"));
        let subject = parsed.subject().unwrap();
        assert!(
            !subject
                .contains(|character: char| character.is_control() || ('\u{2028}'..='\u{202e}').contains(&character))
        );
        let mut headers = mail.text.split("\r\n\r\n").next().unwrap().lines();
        assert!(!headers.any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{}", mail.text);
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

#[tokio::test]
async fn a_link_that_would_lead_elsewhere_is_refused_with_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    for link in [
        "javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "meet.example.com/1",
        "//meet.example.com/1",
        "https://user:word@meet.example.com/1",
        "https://meet.example.com\\@other.example/",
        "https://meet.example.com/\r\nATTENDEE:mailto:many@example.com",
        "https://meet..example.com/",
        "https://meet.example.com/go?to=https%3A%2F%2Fother.example",
        "https://meet.example.com/\u{202e}cod.exe",
    ] {
        let mut draft = invitation("k", &candidate);
        draft.facts.as_mut().unwrap().link = link.to_owned();
        let refused = send(&site, &tenant, draft).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "LINK_INVALID".to_owned()), "{link}");
        assert_eq!(fields(&refused), ["draft.facts.link"], "{link}");
        assert!(!refused.message().contains("example"), "what is refused is not repeated: {}", refused.message());
    }
    let mut chatty = invitation("k", &candidate);
    chatty.facts.as_mut().unwrap().team_introduction = "We are at https://x:y@team.example".to_owned();
    let refused = send(&site, &tenant, chatty.clone()).await.unwrap_err();
    assert_eq!(fields(&refused), ["draft.facts.team_introduction"]);
    request(&site, &tenant, chatty).await;
    site.settle().await;
    let message = all_become(&site, &tenant, 1, MessageState::Refused).await.remove(0);
    let shown = get(&site, &tenant, &message.message_id).await.unwrap();
    assert_eq!(shown.verdicts.iter().find(|verdict| !verdict.passed).unwrap().reason, "LINK_INVALID");

    // A host in another alphabet is shown as the network knows it.
    let mut alike = invitation("alike", &candidate);
    alike.facts.as_mut().unwrap().link = "https://\u{430}pple.example/1".to_owned();
    let message = send(&site, &tenant, alike).await.unwrap();
    assert!(message.text.contains("Link: https://xn--pple-43d.example/1\n"), "{}", message.text);
    finish(site).await;
}
