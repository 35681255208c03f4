//! What programs post: signed, recent, and once.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use usher_proto::outreach::v1::{
    CreateReplyHookRequest, CreateReplyHookResponse, DeleteReplyHookRequest, InboundText, ListReplyHooksRequest,
    ReceiveSignedReplyRequest,
};

use super::*;

/// A hook, as the program that uses it knows it.
struct Program {
    hook_id: String,
    token: String,
    secret: String,
}

impl Program {
    async fn new(site: &Site, tenant: &TenantId) -> Self {
        let request = CreateReplyHookRequest { display_name: "SMS gate".to_owned(), request_id: String::new() };
        let request = site.request(tenant, Role::Admin, request);
        let mut sources = ReplySourceServiceClient::new(site.channel());
        let CreateReplyHookResponse { hook, secret } = sources.create_reply_hook(request).await.unwrap().into_inner();
        let hook = hook.unwrap();
        let token = hook.url.rsplit('/').next().unwrap().to_owned();
        assert!(hook.url.starts_with(&format!("{}/v1/replies/", site.http())), "{}", hook.url);
        Self { hook_id: hook.hook_id, token, secret }
    }

    fn signed(&self, site: &Site, id: &str, body: &serde_json::Value) -> ReceiveSignedReplyRequest {
        let (body, time) = (body.to_string(), site.clock().now().timestamp().to_string());
        let key = STANDARD.decode(self.secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{id}.{time}.{body}").as_bytes());
        ReceiveSignedReplyRequest {
            token: self.token.clone(),
            webhook_id: id.to_owned(),
            webhook_timestamp: time,
            webhook_signature: format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())),
            body: body.into_bytes(),
        }
    }
}

async fn post(site: &Site, asked: ReceiveSignedReplyRequest) -> Result<String, Status> {
    let request = site.installation_request(asked);
    Ok(ReplyServiceClient::new(site.channel()).receive_signed_reply(request).await?.into_inner().reply_id)
}

fn text(message_id: &str, words: &str) -> serde_json::Value {
    json!({
        "type": "reply.received",
        "timestamp": "2026-11-30T09:00:00Z",
        "data": { "channel": "sms", "message_id": message_id, "text": words, "sender_address": "+86 138 0000 0100" },
    })
}

#[tokio::test]
async fn a_program_says_which_message_a_text_answers_and_what_it_posts_again_is_the_same() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (message, address) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::ZhCn)).await;
    let program = Program::new(&site, &tenant).await;

    let asked = program.signed(&site, "sms-1", &text(&message.message_id, "需要改时间，周五可以吗"));
    let reply_id = post(&site, asked.clone()).await.unwrap();
    assert_eq!(post(&site, asked).await.unwrap(), reply_id, "within the window it may come again");
    let reply = read(&site, &tenant, &reply_id).await.unwrap();
    assert_eq!((reply.r#match(), reply.intent()), (ReplyMatch::Named, ReplyIntent::Reschedule));
    assert_eq!((reply.channel.as_str(), reply.sender_address.as_str()), ("sms", "+86 138 0000 0100"));
    assert_eq!(said(&site, &tenant).await.len(), 1);

    for unknown in ["", &id("msg")] {
        let asked = program.signed(&site, &id("sms"), &text(unknown, "好的"));
        let reply = read(&site, &tenant, &post(&site, asked).await.unwrap()).await.unwrap();
        assert_eq!(reply.state(), ReplyState::Unmatched);
    }
    let raw = STANDARD.encode(mail(READER, &[], "Yes."));
    let body = json!({ "type": "mail.received", "data": { "recipient": address, "raw": raw } });
    let reply = post(&site, program.signed(&site, "mail-1", &body)).await.unwrap();
    assert_eq!(read(&site, &tenant, &reply).await.unwrap().r#match(), ReplyMatch::Address);
    let body =
        json!({ "type": "mail.received", "data": { "recipient": "hr@tenant.example", "raw": STANDARD.encode("x") } });
    let unreadable = post(&site, program.signed(&site, "mail-2", &body)).await.unwrap_err();
    assert_eq!(unreadable.code(), Code::InvalidArgument, "{unreadable:?}");

    // The same as a call, by a program that has a token of the tenant's.
    let brought = InboundText {
        channel: "wecom".to_owned(),
        key: "1".to_owned(),
        message_id: message.message_id.clone(),
        text: "好的，我会准时到".to_owned(),
        ..InboundText::default()
    };
    let request = ReceiveReplyRequest { mail: None, text: Some(brought.clone()) };
    let answer =
        ReplyServiceClient::new(site.channel()).receive_reply(site.request(&tenant, Role::Service, request)).await;
    let reply = read(&site, &tenant, &answer.unwrap().into_inner().reply_id).await.unwrap();
    assert_eq!((reply.intent(), reply.channel.as_str()), (ReplyIntent::Confirm, "wecom"));
    let request = ReceiveReplyRequest { mail: None, text: Some(brought) };
    let nobodys = ReplyServiceClient::new(site.channel()).receive_reply(site.installation_request(request)).await;
    assert_eq!(refusal(&nobodys.unwrap_err()).1, "TENANT_REQUIRED");
    finish(site).await;
}

#[tokio::test]
async fn what_is_unsigned_late_or_for_a_hook_that_is_closed_is_refused() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let (tenant, others) = (site.tenant(), site.tenant());
    let (program, other) = (Program::new(&site, &tenant).await, Program::new(&site, &others).await);
    let asked = program.signed(&site, "1", &text("", "好的"));
    let reason = async |asked: ReceiveSignedReplyRequest| refusal(&post(&site, asked).await.unwrap_err()).1;

    let changed = ReceiveSignedReplyRequest { body: text("", "不好").to_string().into_bytes(), ..asked.clone() };
    assert_eq!(reason(changed).await, "SIGNATURE_INVALID");
    let renamed = ReceiveSignedReplyRequest { webhook_id: "2".to_owned(), ..asked.clone() };
    assert_eq!(reason(renamed).await, "SIGNATURE_INVALID");
    let foreign = ReceiveSignedReplyRequest { token: other.token.clone(), ..asked.clone() };
    assert_eq!(reason(foreign).await, "SIGNATURE_INVALID", "another tenant's secret");
    let forged = ReceiveSignedReplyRequest { token: format!("{}A", program.token), ..asked.clone() };
    assert_eq!(reason(forged).await, "LINK_INVALID");
    let nonsense = program.signed(&site, "3", &json!({ "type": "reply.received", "data": { "text": "好的" } }));
    assert_eq!(reason(nonsense).await, "REPLY_MALFORMED");

    site.clock().advance(Duration::from_secs(301)).unwrap();
    assert_eq!(reason(asked.clone()).await, "SIGNATURE_EXPIRED");
    post(&site, program.signed(&site, "1", &text("", "好的"))).await.unwrap();
    assert!(waiting(&site, &others).await.is_empty() && waiting(&site, &tenant).await.len() == 1);

    let mut sources = ReplySourceServiceClient::new(site.channel());
    let listed = sources.list_reply_hooks(site.request(&tenant, Role::Admin, ListReplyHooksRequest {})).await.unwrap();
    let listed: Vec<_> = listed.into_inner().hooks.into_iter().map(|hook| hook.hook_id).collect();
    assert_eq!(listed, std::slice::from_ref(&program.hook_id));
    let delete = |hook: &str| DeleteReplyHookRequest { hook_id: hook.to_owned(), request_id: String::new() };
    let foreign = sources.delete_reply_hook(site.request(&others, Role::Admin, delete(&program.hook_id))).await;
    assert_eq!(refusal(&foreign.unwrap_err()).1, "HOOK_NOT_FOUND");
    let recruiter = sources.delete_reply_hook(site.request(&tenant, Role::Recruiter, delete(&program.hook_id))).await;
    assert_eq!(recruiter.unwrap_err().code(), Code::PermissionDenied);
    sources.delete_reply_hook(site.request(&tenant, Role::Admin, delete(&program.hook_id))).await.unwrap();
    assert_eq!(reason(program.signed(&site, "4", &text("", "好的"))).await, "LINK_INVALID");
    for _ in 0..20 {
        Program::new(&site, &tenant).await;
    }
    let request = CreateReplyHookRequest { display_name: "one more".to_owned(), request_id: String::new() };
    let refused = sources.create_reply_hook(site.request(&tenant, Role::Admin, request)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "HOOKS_TOO_MANY");
    finish(site).await;
}
