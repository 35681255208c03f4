//! What follows: bounces close an address, complaints a channel, who wants no more gets no more, and who is away is away.

use usher_proto::outreach::v1::{
    ContactPurpose, DeliveryOutcome, GetPreferencesRequest, ListSuppressionsRequest, MessageBounced, Suppression,
    SuppressionKind, preference_service_client::PreferenceServiceClient,
    suppression_service_client::SuppressionServiceClient,
};

use super::*;

async fn suppressions(site: &Site, tenant: &TenantId) -> Vec<Suppression> {
    let request = site.request(tenant, Role::Recruiter, ListSuppressionsRequest::default());
    SuppressionServiceClient::new(site.channel()).list_suppressions(request).await.unwrap().into_inner().suppressions
}

/// What somebody has been taken off, with who said so.
async fn opted_out(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<(ContactPurpose, String)> {
    let request = GetPreferencesRequest { candidate_id: candidate.to_owned() };
    let request = site.request(tenant, Role::Recruiter, request);
    let mut client = PreferenceServiceClient::new(site.channel());
    let wishes = client.get_preferences(request).await.unwrap().into_inner().preferences;
    wishes.into_iter().filter(|wish| !wish.allowed).map(|wish| (wish.purpose(), wish.actor)).collect()
}

/// A mail server's report (RFC 3464) about one address.
fn report(address: &str, action: &str, status: &str, returned: &str) -> String {
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nYour mail.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} what the server says\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         Message-ID: {returned}\r\n\r\n--b--\r\n"
    );
    let kind = "Content-Type: multipart/report; report-type=delivery-status; boundary=b";
    mail("MAILER-DAEMON@mx.example.com", &[kind], &body)
}

#[tokio::test]
async fn a_mail_that_comes_back_for_good_closes_its_address_and_is_said_once() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let (message, address) = invited(&site, &tenant, folder.path(), &candidate).await;
    let own = inbox(&site, &tenant).await;
    for (recipient, report, outcome, how) in [
        (&address, report(READER, "failed", "5.2.2", "<x@y>"), DeliveryOutcome::Soft, ReplyMatch::Address),
        (&address, report(READER, "delayed", "4.4.1", "<x@y>"), DeliveryOutcome::Delayed, ReplyMatch::Address),
        (
            &address,
            report("else@example.net", "failed", "5.1.1", "<x@y>"),
            DeliveryOutcome::Unknown,
            ReplyMatch::Address,
        ),
    ] {
        let reply = received(&site, &tenant, recipient, &report).await;
        assert_eq!((reply.kind(), reply.outcome(), reply.r#match()), (ReplyKind::Delivery, outcome, how));
        assert_eq!(suppressions(&site, &tenant).await, [], "the address may be good");
    }
    let hard = report(&READER.to_uppercase(), "failed", "5.1.1", &message.rfc_message_id);
    let reply = received(&site, &tenant, &own, &hard).await;
    assert_eq!((reply.outcome(), reply.status.as_str()), (DeliveryOutcome::Hard, "5.1.1"));
    assert_eq!((reply.r#match(), &reply.message_id), (ReplyMatch::Returned, &message.message_id));
    bring(&site, &own, &hard).await.unwrap();
    let held = suppressions(&site, &tenant).await;
    let [held] = held.as_slice() else { panic!("{held:?}") };
    assert_eq!((held.kind(), &held.message_id), (SuppressionKind::HardBounce, &message.message_id));
    let bounced = site.heard_of::<MessageBounced>("outreach", &tenant).await;
    assert_eq!(bounced.iter().map(|one| &one.reply_id).collect::<Vec<_>>(), [&reply.reply_id]);
    assert_eq!(said(&site, &tenant).await, [], "a mail server says nothing for anybody");
    let refused = send(&site, &tenant, invitation("next", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused).0, Code::FailedPrecondition, "{refused:?}");
    finish(site).await;
}

#[tokio::test]
async fn a_complaint_ends_what_nobody_asked_for() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (message, _) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let own = inbox(&site, &tenant).await;
    for (feedback, held) in [("not-spam", 0), ("abuse", 1), ("abuse", 1)] {
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n\
             Feedback-Type: {feedback}\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {}\r\n\r\nx\r\n\
             --b--\r\n",
            message.rfc_message_id
        );
        let kind = "Content-Type: multipart/report; report-type=feedback-report; boundary=b";
        let reply = received(&site, &tenant, &own, &mail("feedback@provider.example", &[kind], &body)).await;
        let expected = if held == 0 { ReplyKind::Automatic } else { ReplyKind::Complaint };
        assert_eq!((reply.kind(), reply.r#match()), (expected, ReplyMatch::Returned));
        let now = suppressions(&site, &tenant).await;
        assert_eq!(now.len(), held, "{now:?}");
        assert!(now.iter().all(|one| one.kind() == SuppressionKind::Complaint && one.channel == "email"), "{now:?}");
    }
    assert_eq!(said(&site, &tenant).await, []);
    finish(site).await;
}

#[tokio::test]
async fn who_wants_no_more_gets_no_more_and_who_is_away_is_away() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let (message, address) = invited(&site, &tenant, folder.path(), &candidate).await;
    let away = mail(READER, &["Auto-Submitted: auto-replied"], "I am out of the office until Monday.");
    let reply = received(&site, &tenant, &address, &away).await;
    assert_eq!((reply.kind(), reply.intent()), (ReplyKind::Automatic, ReplyIntent::OutOfOffice));
    assert!(reply.evidence.iter().any(|line| line.contains("auto-replied")), "{:?}", reply.evidence);
    let receipt =
        mail(READER, &["Auto-Submitted: auto-replied"], "We have received your mail. Yes, I confirm. Unsubscribe.");
    assert_eq!(received(&site, &tenant, &address, &receipt).await.intent(), ReplyIntent::Other);
    let stranger = mail("somebody@example.net", &[], "Please unsubscribe me, no more mails.");
    assert_eq!(received(&site, &tenant, &address, &stranger).await.intent(), ReplyIntent::Unsubscribe);
    assert_eq!(opted_out(&site, &tenant, &candidate).await, [], "what a program or somebody else says changes nothing");

    let reply = received(&site, &tenant, &address, &mail(READER, &[], "Please unsubscribe me, no more mails.")).await;
    assert!(reply.intent() == ReplyIntent::Unsubscribe && reply.confidence >= 0.75, "{reply:?}");
    let of = |purpose| (purpose, "candidate".to_owned());
    let expected = [of(ContactPurpose::Opportunities), of(ContactPurpose::Care)];
    assert_eq!(opted_out(&site, &tenant, &candidate).await, expected, "their application goes on");
    let intents: Vec<_> = said(&site, &tenant).await.iter().map(ReplyClassified::intent).collect();
    assert_eq!(intents, [ReplyIntent::OutOfOffice, ReplyIntent::Unsubscribe, ReplyIntent::Unsubscribe]);
    assert_eq!(get(&site, &tenant, &message.message_id).await.unwrap().state(), MessageState::Sent);
    finish(site).await;
}
