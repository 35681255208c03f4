//! Whose a reply is: by the address, then by the mails that it names, then by somebody who knows; never by who sent it.

use super::*;

#[tokio::test]
async fn the_address_goes_before_the_mail_that_is_answered_and_that_before_those_it_names() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let (a, address) = invited(&site, &tenant, folder.path(), &candidate).await;
    let (b, _) = invited(&site, &tenant, folder.path(), &candidate).await;
    let (c, _) = invited(&site, &tenant, folder.path(), &candidate).await;
    let own = inbox(&site, &tenant).await;
    let answers = format!("In-Reply-To: {}", b.rfc_message_id);
    let names = format!("References: {} {} <other@example.com>", a.rfc_message_id, c.rfc_message_id);
    let forgotten = format!("In-Reply-To: <{}@usher>", id("msg"));
    let to = format!("To: Usher <{address}>");
    for (recipient, headers, message, how) in [
        (&address, vec![answers.as_str(), &names], &a, ReplyMatch::Address),
        (&own, vec![to.as_str(), &answers], &a, ReplyMatch::Address),
        (&own, vec![answers.as_str(), &names], &b, ReplyMatch::InReplyTo),
        (&own, vec![names.as_str()], &c, ReplyMatch::References),
        (&own, vec![forgotten.as_str(), &names], &c, ReplyMatch::References),
    ] {
        let reply = received(&site, &tenant, recipient, &mail(READER, &headers, "Yes.")).await;
        assert_eq!((&reply.message_id, reply.r#match()), (&message.message_id, how), "{headers:?}");
    }
    finish(site).await;
}

#[tokio::test]
async fn a_known_sender_a_subject_and_a_quote_are_no_proof() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (message, address) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let own = inbox(&site, &tenant).await;
    let subject = format!("Subject: Re: {}", message.subject);
    let body = format!(
        "Yes, I confirm, I will be there.\r\n> {} {}",
        message.message_id,
        message.text.lines().next().unwrap()
    );
    let reply = received(&site, &tenant, &own, &mail(READER, &[&subject], &body)).await;
    assert_eq!((reply.state(), reply.r#match()), (ReplyState::Unmatched, ReplyMatch::Unspecified));
    assert_eq!((reply.message_id.as_str(), reply.candidate_id.as_str()), ("", ""));
    assert_eq!(waiting(&site, &tenant).await, [reply]);
    assert!(replies(&site, &tenant, ListRepliesRequest::default()).await.is_empty());
    assert_eq!(said(&site, &tenant).await, [], "nothing follows from a guess");

    let flipped = if address.as_bytes()[9] == b'a' { 'b' } else { 'a' };
    let forged = format!("{}{flipped}{}", &address[..9], &address[10..]);
    for unknown in [forged.as_str(), "hr@reply.example.com", &address.replace("@reply", "@other"), ""] {
        let refused = bring(&site, unknown, &mail(READER, &[], "Yes.")).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::NotFound, "ADDRESS_UNKNOWN".to_owned()), "{unknown}");
    }
    let nothing = bring(&site, &address, "\r\n \r\n").await.unwrap_err();
    assert_eq!(refusal(&nothing), (Code::InvalidArgument, "MAIL_UNREADABLE".to_owned()));
    let request = ReceiveReplyRequest { mail: None, text: None };
    let neither = ReplyServiceClient::new(site.channel()).receive_reply(site.installation_request(request)).await;
    assert_eq!(refusal(&neither.unwrap_err()).1, "REPLY_REQUIRED");
    finish(site).await;
}

#[tokio::test]
async fn tenants_see_nothing_of_each_others() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let (ours, theirs) = (site.tenant(), site.tenant());
    let (message, address) = invited(&site, &ours, folder.path(), &reader(&talent, Language::En)).await;
    let reply = received(&site, &ours, &address, &mail(READER, &[], "Yes.")).await;
    assert_eq!(refusal(&read(&site, &theirs, &reply.reply_id).await.unwrap_err()).1, "REPLY_NOT_FOUND");

    // What comes to their address is theirs, whatever it names.
    let own = inbox(&site, &theirs).await;
    let headers = [format!("In-Reply-To: {}", message.rfc_message_id), format!("To: {address}")];
    let stray = received(&site, &theirs, &own, &mail(READER, &[&headers[0], &headers[1]], "Yes.")).await;
    assert_eq!((stray.state(), stray.message_id.as_str()), (ReplyState::Unmatched, ""));
    assert!(waiting(&site, &ours).await.is_empty() && waiting(&site, &theirs).await == [stray.clone()]);
    let assign = AssignReplyRequest {
        reply_id: stray.reply_id,
        message_id: message.message_id,
        reason: "so it seems".to_owned(),
        ..Default::default()
    };
    let request = site.request(&theirs, Role::Recruiter, assign);
    let refused = ReplyServiceClient::new(site.channel()).assign_reply(request).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "MESSAGE_NOT_FOUND");

    // A program of theirs brings what was sent to our address.
    let mail = Some(InboundMail { recipient: address, raw: mail(READER, &[], "Yes.").into_bytes() });
    let request = site.request(&theirs, Role::Service, ReceiveReplyRequest { mail, text: None });
    let refused = ReplyServiceClient::new(site.channel()).receive_reply(request).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "ADDRESS_UNKNOWN");
    finish(site).await;
}

#[tokio::test]
async fn somebody_says_whose_it_is_and_then_it_counts() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (message, _) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let own = inbox(&site, &tenant).await;
    let mut waits = Vec::new();
    for (from, words) in [(READER, "Yes, I confirm."), (READER, "Any news?"), ("shop@example.net", "Buy now!")] {
        waits.push(received(&site, &tenant, &own, &mail(from, &[], words)).await.reply_id);
    }
    let mut client = ReplyServiceClient::new(site.channel());
    let assign = |reply: &str, message: &str, candidate: &str| AssignReplyRequest {
        reply_id: reply.to_owned(),
        message_id: message.to_owned(),
        candidate_id: candidate.to_owned(),
        reason: "she called".to_owned(),
        request_id: String::new(),
    };
    for (message_id, candidate) in [("", ""), (message.message_id.as_str(), message.candidate_id.as_str())] {
        let request = site.request(&tenant, Role::Recruiter, assign(&waits[0], message_id, candidate));
        assert_eq!(refusal(&client.assign_reply(request).await.unwrap_err()).1, "ASSIGNEE_REQUIRED");
    }
    let request = site.request(&tenant, Role::ReadOnly, assign(&waits[0], &message.message_id, ""));
    assert_eq!(client.assign_reply(request).await.unwrap_err().code(), Code::PermissionDenied);

    let request = site.request(&tenant, Role::Recruiter, assign(&waits[0], &message.message_id, ""));
    let reply = client.assign_reply(request).await.unwrap().into_inner().reply.unwrap();
    assert_eq!((reply.state(), reply.r#match()), (ReplyState::Matched, ReplyMatch::Assigned));
    assert_eq!((&reply.message_id, &reply.candidate_id), (&message.message_id, &message.candidate_id));
    assert!(
        reply.settled_by.starts_with("user_") && reply.settle_reason == "she called" && reply.settle_time.is_some()
    );
    let request = site.request(&tenant, Role::Recruiter, assign(&waits[1], "", &message.candidate_id));
    let reply = client.assign_reply(request).await.unwrap().into_inner().reply.unwrap();
    assert_eq!((reply.message_id.as_str(), &reply.candidate_id), ("", &message.candidate_id));
    let said = said(&site, &tenant).await;
    let told: Vec<_> =
        said.iter().map(|one| (one.message_id.as_str(), one.candidate_id.as_str(), one.intent())).collect();
    let (whose, about) = (message.candidate_id.as_str(), message.message_id.as_str());
    assert_eq!(told, [(about, whose, ReplyIntent::Confirm), ("", whose, ReplyIntent::Question)]);
    let listed = ListRepliesRequest { candidate_id: message.candidate_id.clone(), ..Default::default() };
    assert_eq!(replies(&site, &tenant, listed).await.len(), 2);

    let dismiss = |reply: &str| DismissReplyRequest {
        reply_id: reply.to_owned(),
        reason: "an advertisement".to_owned(),
        request_id: String::new(),
    };
    let request = site.request(&tenant, Role::Recruiter, dismiss(&waits[2]));
    let put_aside = client.dismiss_reply(request).await.unwrap().into_inner().reply.unwrap();
    assert_eq!((put_aside.state(), put_aside.settle_reason.as_str()), (ReplyState::Dismissed, "an advertisement"));
    assert_eq!((put_aside.text.as_str(), put_aside.sender_address.as_str()), ("", ""));
    assert_eq!(read(&site, &tenant, &waits[2]).await.unwrap(), put_aside);
    for settled in &waits {
        let request = site.request(&tenant, Role::Recruiter, dismiss(settled));
        assert_eq!(refusal(&client.dismiss_reply(request).await.unwrap_err()).1, "REPLY_SETTLED");
        let request = site.request(&tenant, Role::Recruiter, assign(settled, &message.message_id, ""));
        assert_eq!(refusal(&client.assign_reply(request).await.unwrap_err()).1, "REPLY_SETTLED");
    }
    assert!(waiting(&site, &tenant).await.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn who_writes_from_elsewhere_is_read_by_somebody_first() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (_, address) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let yes = "Yes, I confirm, I will be there.";
    for (from, sure) in [("a.colleague@example.net", false), ("Lin.Xiao@Example.com", true)] {
        let reply = received(&site, &tenant, &address, &mail(from, &[], yes)).await;
        assert_eq!((reply.intent(), reply.from_reader, reply.confidence >= 0.75), (ReplyIntent::Confirm, sure, sure));
    }
    finish(site).await;
}

#[tokio::test]
async fn a_mail_that_goes_to_two_of_our_addresses_is_one_answer() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let (a, to_a) = invited(&site, &tenant, folder.path(), &candidate).await;
    let (b, to_b) = invited(&site, &tenant, folder.path(), &candidate).await;
    let own = inbox(&site, &tenant).await;
    let both = mail(READER, &[&format!("To: <{to_a}>, <{own}>")], "Yes.");
    let first = received(&site, &tenant, &own, &both).await;
    assert_eq!((first.message_id.as_str(), first.r#match()), (a.message_id.as_str(), ReplyMatch::Address));
    assert_eq!(received(&site, &tenant, &to_a, &both).await.reply_id, first.reply_id);
    // One that goes to the addresses of two messages answers both.
    let other = received(&site, &tenant, &to_b, &both).await;
    assert_eq!(other.message_id, b.message_id);
    assert_eq!(said(&site, &tenant).await.len(), 2);
    finish(site).await;
}

#[tokio::test]
async fn what_nobody_has_claimed_for_ninety_days_is_forgotten() {
    const DAY: std::time::Duration = std::time::Duration::from_hours(24);
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (_, address) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let known = received(&site, &tenant, &address, &mail(READER, &[], "Yes, I will be there.")).await;
    let own = inbox(&site, &tenant).await;
    let stranger = received(&site, &tenant, &own, &mail("Eve <eve@example.net>", &[], "Call me.")).await;
    site.clock().advance(89 * DAY).unwrap();
    let late = received(&site, &tenant, &own, &mail("Dan <dan@example.net>", &[], "Call me too.")).await;
    site.clock().advance(2 * DAY).unwrap();
    eventually("it is put aside", async || waiting(&site, &tenant).await == [late.clone()]).await;
    let forgotten = read(&site, &tenant, &stranger.reply_id).await.unwrap();
    assert_eq!(forgotten.state(), ReplyState::Dismissed);
    assert_eq!((forgotten.text.as_str(), forgotten.sender_address.as_str(), forgotten.subject.as_str()), ("", "", ""));
    assert!(forgotten.settle_reason.contains("90 days") && forgotten.settled_by.contains("outreach"), "{forgotten:?}");
    assert_eq!(read(&site, &tenant, &known.reply_id).await.unwrap().text, known.text, "whose it is keeps it");
    finish(site).await;
}
