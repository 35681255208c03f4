//! What comes back to messages: whose it is, what it says, and what follows.

mod followed;
mod forgotten;
mod hooks;
mod lmtp;
mod matching;

use std::net::{SocketAddr, TcpListener};

use mail_parser::MessageParser;
use usher_outreach::Inbound;
use usher_proto::outreach::v1::{
    AssignReplyRequest, DismissReplyRequest, GetReplyAddressRequest, GetReplyRequest, InboundMail, ListRepliesRequest,
    ListUnmatchedRepliesRequest, ReceiveReplyRequest, ReceiveReplyResponse, Reply, ReplyClassified, ReplyIntent,
    ReplyKind, ReplyMatch, ReplyState, reply_service_client::ReplyServiceClient,
    reply_source_service_client::ReplySourceServiceClient,
};

use super::*;

const DOMAIN: &str = "reply.example.com";
/// Where the people of these tests are written to.
const READER: &str = "lin.xiao@example.com";

fn inbound() -> Inbound {
    Inbound { domain: DOMAIN.to_owned(), lmtp_listen: String::new(), bounces: true }
}

/// Outreach that takes replies in, also over LMTP at that address.
fn receiving(folder: &Path, talent: &Talent) -> (Vec<Box<dyn Service>>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let settings = Settings { mail_folder: folder.display().to_string(), ..settings() };
    let outreach = Outreach::new(&settings, &[7; 32], outbox::Settings::default()).unwrap();
    (around(outreach.receiving(inbound(), Some(listener)), talent), address)
}

/// A message that is sent.
async fn sent(site: &Site, tenant: &TenantId, draft: MessageDraft) -> Message {
    let message = send(site, tenant, draft).await.unwrap();
    becomes(site, tenant, &message.message_id, MessageState::Sent).await
}

/// An invitation that is sent, and the address for replies to it.
async fn invited(site: &Site, tenant: &TenantId, folder: &Path, candidate: &str) -> (Message, String) {
    let message = sent(site, tenant, invitation(&id("key"), candidate)).await;
    let address = reply_to(folder, &message.message_id);
    (message, address)
}

/// As the mail in the folder says.
fn reply_to(folder: &Path, message_id: &str) -> String {
    let mails = mails(folder);
    let (_, mail) = mails.iter().find(|(name, _)| name.starts_with(message_id)).unwrap();
    let parsed = MessageParser::default().parse(mail).unwrap();
    parsed.reply_to().unwrap().first().unwrap().address().unwrap().to_owned()
}

/// A tenant's own address.
async fn inbox(site: &Site, tenant: &TenantId) -> String {
    let request = site.request(tenant, Role::Admin, GetReplyAddressRequest {});
    ReplySourceServiceClient::new(site.channel()).get_reply_address(request).await.unwrap().into_inner().address
}

/// A mail with a Message-ID of its own.
fn mail(from: &str, headers: &[&str], body: &str) -> String {
    let mut lines = vec![format!("From: {from}"), format!("Message-ID: <{}@example.com>", id("mail"))];
    lines.extend(headers.iter().map(|header| (*header).to_owned()));
    lines.extend([String::new(), body.to_owned()]);
    lines.join("\r\n")
}

/// Somebody brings a mail, as the installation's own mail gate would.
async fn bring(site: &Site, recipient: &str, mail: &str) -> Result<ReceiveReplyResponse, Status> {
    let mail = Some(InboundMail { recipient: recipient.to_owned(), raw: mail.as_bytes().to_vec() });
    let request = site.installation_request(ReceiveReplyRequest { mail, text: None });
    Ok(ReplyServiceClient::new(site.channel()).receive_reply(request).await?.into_inner())
}

/// The same, and what became of it.
async fn received(site: &Site, tenant: &TenantId, recipient: &str, mail: &str) -> Reply {
    let reply = bring(site, recipient, mail).await.unwrap();
    read(site, tenant, &reply.reply_id).await.unwrap()
}

async fn read(site: &Site, tenant: &TenantId, reply_id: &str) -> Result<Reply, Status> {
    let request = site.request(tenant, Role::Recruiter, GetReplyRequest { reply_id: reply_id.to_owned() });
    Ok(ReplyServiceClient::new(site.channel()).get_reply(request).await?.into_inner().reply.unwrap())
}

async fn replies(site: &Site, tenant: &TenantId, request: ListRepliesRequest) -> Vec<Reply> {
    let request = site.request(tenant, Role::ReadOnly, request);
    ReplyServiceClient::new(site.channel()).list_replies(request).await.unwrap().into_inner().replies
}

async fn waiting(site: &Site, tenant: &TenantId) -> Vec<Reply> {
    let request = site.request(tenant, Role::Recruiter, ListUnmatchedRepliesRequest::default());
    ReplyServiceClient::new(site.channel()).list_unmatched_replies(request).await.unwrap().into_inner().replies
}

async fn said(site: &Site, tenant: &TenantId) -> Vec<ReplyClassified> {
    site.heard_of::<ReplyClassified>("outreach", tenant).await
}

#[tokio::test]
async fn a_reply_is_its_writers_own_words_and_the_same_mail_is_one_reply() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (message, address) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::ZhCn)).await;
    assert!(address.starts_with("r+") && address.ends_with(&format!("@{DOMAIN}")), "{address}");

    let body = "您好，我会准时参加面试。\r\n\r\n-- \r\n林晓\r\n138 0000 0100\r\n\r\n在 2026年11月30日，Usher <hr@example.com> 写道：\r\n\
                > 您能来吗？";
    let mail = mail(&format!("林晓 <{READER}>"), &["Content-Type: text/plain; charset=utf-8"], body);
    let reply = received(&site, &tenant, &address, &mail).await;
    assert_eq!(
        (reply.state(), reply.r#match(), reply.kind()),
        (ReplyState::Matched, ReplyMatch::Address, ReplyKind::Person)
    );
    assert_eq!((reply.text.as_str(), reply.intent()), ("您好，我会准时参加面试。", ReplyIntent::Confirm));
    assert!(reply.confidence >= 0.75 && reply.text.contains(&reply.quote) && !reply.quote.is_empty(), "{reply:?}");
    assert_eq!((reply.sender_address.as_str(), reply.from_reader), (READER, true));
    assert_eq!((reply.message_id.as_str(), &reply.candidate_id), (message.message_id.as_str(), &message.candidate_id));
    assert_eq!((&reply.application_id, &reply.interview_id), (&message.application_id, &message.interview_id));

    let again = bring(&site, &address.to_uppercase(), &mail).await.unwrap();
    assert_eq!(again.reply_id, reply.reply_id);
    let both = tokio::join!(bring(&site, &address, &mail), bring(&site, &address, &mail));
    assert_eq!((both.0.unwrap().reply_id, both.1.unwrap().reply_id), (reply.reply_id.clone(), reply.reply_id.clone()));
    let said = said(&site, &tenant).await;
    let [event] = said.as_slice() else { panic!("said once: {said:?}") };
    assert_eq!((&event.reply_id, event.intent(), &event.quote), (&reply.reply_id, ReplyIntent::Confirm, &reply.quote));
    assert_eq!((&event.message_id, &event.interview_id), (&message.message_id, &message.interview_id));

    for (filter, found) in [
        (ListRepliesRequest { candidate_id: message.candidate_id.clone(), ..Default::default() }, 1),
        (ListRepliesRequest { candidate_id: id("cand"), ..Default::default() }, 0),
        (ListRepliesRequest { message_id: message.message_id.clone(), ..Default::default() }, 1),
        (ListRepliesRequest { application_id: message.application_id.clone(), ..Default::default() }, 1),
        (ListRepliesRequest { intent: ReplyIntent::Confirm.into(), ..Default::default() }, 1),
        (ListRepliesRequest { intent: ReplyIntent::Decline.into(), ..Default::default() }, 0),
        (ListRepliesRequest { kind: ReplyKind::Delivery.into(), ..Default::default() }, 0),
    ] {
        assert_eq!(replies(&site, &tenant, filter.clone()).await.len(), found, "{filter:?}");
    }
    finish(site).await;
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (_, address) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let own = inbox(&site, &tenant).await;
    for number in 0..5 {
        site.clock().advance(Duration::from_secs(60)).unwrap();
        bring(&site, &address, &mail(READER, &[], &format!("matched {number}"))).await.unwrap();
        bring(&site, &own, &mail(READER, &[], &format!("waiting {number}"))).await.unwrap();
    }
    let mut client = ReplyServiceClient::new(site.channel());
    let (mut matched, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListRepliesRequest { page_size: 2, page_token, ..Default::default() };
        let page = client.list_replies(site.request(&tenant, Role::ReadOnly, request)).await.unwrap().into_inner();
        matched.extend(page.replies.into_iter().map(|reply| reply.text));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(matched, [4, 3, 2, 1, 0].map(|number| format!("matched {number}")));
    let (mut texts, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListUnmatchedRepliesRequest { page_size: 2, page_token };
        let request = site.request(&tenant, Role::Recruiter, request);
        let page = client.list_unmatched_replies(request).await.unwrap().into_inner();
        texts.extend(page.replies.into_iter().map(|reply| reply.text));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(texts, [0, 1, 2, 3, 4].map(|number| format!("waiting {number}")), "who waits longest comes first");
    finish(site).await;
}

#[tokio::test]
async fn without_a_domain_replies_go_to_whoever_the_mail_is_from() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    sent(&site, &tenant, invitation("a", &reader(&talent, Language::En))).await;
    let mails = mails(folder.path());
    let parsed = MessageParser::default().parse(&mails[0].1).unwrap();
    assert!(parsed.reply_to().is_none());
    let request = site.request(&tenant, Role::Admin, GetReplyAddressRequest {});
    let off = ReplySourceServiceClient::new(site.channel()).get_reply_address(request).await.unwrap_err();
    assert_eq!(refusal(&off), (Code::FailedPrecondition, "INBOUND_OFF".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn what_can_not_be_delivered_comes_back_to_the_same_address() {
    let (sink, talent) = (sink::Sink::new().await, Talent::default());
    for bounces in [true, false] {
        let settings = Settings { smtp_url: sink.url.clone().into(), ..settings() };
        let outreach = Outreach::new(&settings, &[7; 32], outbox::Settings::default()).unwrap();
        let site = Site::start(around(outreach.receiving(Inbound { bounces, ..inbound() }, None), &talent)).await;
        let tenant = site.tenant();
        sent(&site, &tenant, invitation("a", &reader(&talent, Language::En))).await;
        let mail = sink.taken().pop().unwrap();
        let parsed = MessageParser::default().parse(mail.text.as_bytes()).unwrap();
        let reply_to = parsed.reply_to().unwrap().first().unwrap().address().unwrap();
        let expected = if bounces { reply_to } else { "hr@example.com" };
        assert_eq!(sink.senders().pop().unwrap(), expected);
        finish(site).await;
    }
}
