//! What an event asked for.

use mail_parser::{MessageParser, MimeHeaders as _};
use usher_proto::outreach::v1::{MessageQueued, MessageRefused, MessageSent};

use super::*;

#[tokio::test]
async fn a_requested_message_becomes_one_mail_with_text_html_and_calendar() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let draft = invitation("invitation/1", &reader(&talent, Language::En));
    request(&site, &tenant, draft.clone()).await;
    request(&site, &tenant, draft.clone()).await;
    site.settle().await;
    let message = all_become(&site, &tenant, 1, MessageState::Sent).await.remove(0);
    assert!(message.text.is_empty(), "lists are brief");
    let message = get(&site, &tenant, &message.message_id).await.unwrap();

    let files = mails(folder.path());
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, format!("{}.eml", message.message_id));
    let mail = MessageParser::default().parse(&files[0].1).unwrap();
    assert_eq!(format!("<{}>", mail.message_id().unwrap()), message.rfc_message_id);
    assert_eq!(mail.subject().unwrap(), message.subject);
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("lin.xiao@example.com"));
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("hr@example.com"));
    let text = mail.body_text(0).unwrap();
    let html = mail.body_html(0).unwrap();
    let link = format!("/c/link-of-{}", draft.interview_id);
    for fact in ["Java Engineer", "Example Ltd", "Example Road 88", "14:00", "Rita Recruiter", "a pen", &link] {
        assert!(text.contains(fact), "{fact} is not in {text}");
        assert!(html.contains(fact), "{fact} is not in {html}");
        assert!(message.text.contains(fact), "what is shown is what was sent");
    }
    let entries: Vec<_> = mail
        .parts
        .iter()
        .filter(|part| part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar")))
        .collect();
    assert_eq!(entries.len(), 2, "to be read in place, and as a file");
    assert_eq!(entries[0].content_type().unwrap().attribute("method"), Some("REQUEST"));
    assert_eq!(entries[1].attachment_name(), Some("interview.ics"));
    for entry in entries {
        let text = entry.text_contents().unwrap();
        for line in ["METHOD:REQUEST", "UID:intv-1@usher", "SEQUENCE:2", "DTSTART:20261201T060000Z"] {
            assert!(text.lines().any(|known| known == line), "{line} is not in {text}");
        }
    }

    assert_eq!(site.heard_of::<MessageQueued>("outreach", &tenant).await.len(), 1);
    let sent = site.heard_of::<MessageSent>("outreach", &tenant).await;
    let expected = MessageSent {
        message_id: message.message_id.clone(),
        kind: MessageKind::InterviewInvitation.into(),
        candidate_id: draft.candidate_id,
        application_id: draft.application_id,
        interview_id: draft.interview_id,
        template_id: "builtin/interview_invitation/en/1".to_owned(),
        language: "en".to_owned(),
        channel: "email".to_owned(),
        send_time: message.send_time,
        business_key: "invitation/1".to_owned(),
        ..MessageSent::default()
    };
    assert!(expected.send_time.is_some());
    assert_eq!(sent, [expected]);
    assert!(message.verdicts.iter().all(|verdict| verdict.passed) && message.verdicts.len() == 10);
    assert_eq!(message.attempts.len(), 1);
    assert!(message.attempts[0].succeeded && message.attempts[0].end_time.is_some());
    finish(site).await;
}

#[tokio::test]
async fn everybody_reads_their_own_language() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    for (language, spoken, words) in
        [(Language::En, "en", "we would like to meet you"), (Language::ZhCn, "zh-CN", "您好")]
    {
        let message = send(&site, &tenant, invitation(spoken, &reader(&talent, language))).await.unwrap();
        assert_eq!(message.language, spoken);
        assert!(message.text.contains(words), "{}", message.text);
        becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    }
    finish(site).await;
}

#[tokio::test]
async fn what_lacks_a_fact_is_refused_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let mut draft = invitation("invitation/1", &candidate);
    draft.facts.as_mut().unwrap().place.clear();
    request(&site, &tenant, draft.clone()).await;
    site.settle().await;
    let refused = all_become(&site, &tenant, 1, MessageState::Refused).await.remove(0);
    let said = site.heard_of::<MessageRefused>("outreach", &tenant).await;
    let expected = MessageRefused {
        message_id: refused.message_id.clone(),
        kind: draft.kind,
        candidate_id: candidate,
        application_id: draft.application_id,
        interview_id: draft.interview_id,
        reason: "FACTS_MISSING".to_owned(),
        missing_facts: vec!["place_or_link".to_owned()],
        business_key: "invitation/1".to_owned(),
    };
    assert_eq!(said, [expected]);
    let shown = get(&site, &tenant, &refused.message_id).await.unwrap();
    let verdict = &shown.verdicts[0];
    assert_eq!((verdict.gate.as_str(), verdict.passed, verdict.reason.as_str()), ("facts", false, "FACTS_MISSING"));
    assert!(verdict.detail.contains("place_or_link"));
    assert!(shown.text.is_empty() && shown.attempts.is_empty());

    // Nobody whom talent does not know is written to, nor anybody without an address.
    request(&site, &tenant, invitation("unknown", &id("cand"))).await;
    let unreachable = id("cand");
    talent.introduce(&unreachable, GetRecipientResponse { email: String::new(), ..person(Language::En) });
    request(&site, &tenant, invitation("unreachable", &unreachable)).await;
    site.settle().await;
    all_become(&site, &tenant, 3, MessageState::Refused).await;
    let mut reasons: Vec<_> = site
        .heard_of::<MessageRefused>("outreach", &tenant)
        .await
        .into_iter()
        .map(|refused| (refused.business_key, refused.reason))
        .collect();
    reasons.sort();
    let expected =
        [("invitation/1", "FACTS_MISSING"), ("unknown", "CANDIDATE_NOT_FOUND"), ("unreachable", "NO_ADDRESS")];
    assert_eq!(reasons, expected.map(|(key, reason)| (key.to_owned(), reason.to_owned())));
    assert!(mails(folder.path()).is_empty());
    finish(site).await;
}

#[tokio::test]
async fn an_offer_leads_to_its_application_and_carries_no_calendar_entry() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let terms = MessageFacts {
        position: "Java Engineer".to_owned(),
        company: "Example Ltd".to_owned(),
        start_date: "2027-02-01".to_owned(),
        salary_amount: "25000.00".to_owned(),
        salary_currency: "CNY".to_owned(),
        salary_period: "month".to_owned(),
        start_time: None,
        ..facts()
    };
    let draft = MessageDraft {
        kind: MessageKind::Offer.into(),
        interview_id: String::new(),
        facts: Some(terms),
        ..invitation("offer_x/offer/1", &reader(&talent, Language::En))
    };
    site.say("ats", &tenant, "offer_x", &MessageRequested { draft: Some(draft.clone()) }).await;
    site.settle().await;
    let message = all_become(&site, &tenant, 1, MessageState::Sent).await.remove(0);
    let message = get(&site, &tenant, &message.message_id).await.unwrap();
    assert_eq!(message.template_id, "builtin/offer/en/1");
    let link = format!("/c/link-of-{}", draft.application_id);
    for fact in ["Java Engineer", "Example Ltd", "Monday, 1 February 2027", "CNY 25,000.00 per month", &link] {
        assert!(message.text.contains(fact), "{fact} is not in {}", message.text);
    }
    let files = mails(folder.path());
    let mail = MessageParser::default().parse(&files[0].1).unwrap();
    let calendar =
        |part: &mail_parser::MessagePart| part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar"));
    assert!(!mail.parts.iter().any(calendar));
    finish(site).await;
}
