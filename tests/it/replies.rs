//! A candidate's reply by text message: from the program that brings it, over HTTP, to other times that are offered.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chassis::TenantId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use testkit::{Site, eventually};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        GetInterviewRequest, Interview, InterviewState, Interviewer, interview_service_client::InterviewServiceClient,
    },
    outreach::v1::{
        CreateReplyHookRequest, GetReplyRequest, ListMessagesRequest, ListRepliesRequest, MessageState, Reply,
        ReplyIntent, message_service_client::MessageServiceClient, reply_service_client::ReplyServiceClient,
        reply_source_service_client::ReplySourceServiceClient,
    },
    talent::v1::{ListTimelineEntriesRequest, candidate_service_client::CandidateServiceClient},
};
use usher_tests::{application, candidate, interview, restless, scheduled, suite};

async fn get(site: &Site, tenant: &TenantId, interview: &str) -> Interview {
    let request = GetInterviewRequest { interview_id: interview.to_owned() };
    let request = site.request(tenant, Role::Service, request);
    InterviewServiceClient::new(site.channel()).get_interview(request).await.unwrap().into_inner().interview.unwrap()
}

/// The first message about an interview, once it is sent.
async fn invitation(site: &Site, tenant: &TenantId, interview: &str) -> String {
    let mut messages = MessageServiceClient::new(site.channel());
    let mut id = String::new();
    eventually("the invitation is sent", async || {
        let list = ListMessagesRequest { interview_id: interview.to_owned(), ..ListMessagesRequest::default() };
        let found = messages.list_messages(site.request(tenant, Role::Service, list)).await.unwrap().into_inner();
        let sent = found.messages.into_iter().find(|message| message.state() == MessageState::Sent);
        id = sent.map(|message| message.message_id).unwrap_or_default();
        !id.is_empty()
    })
    .await;
    id
}

async fn timeline(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<String> {
    let request =
        ListTimelineEntriesRequest { candidate_id: candidate.to_owned(), page_size: 100, page_token: String::new() };
    let request = site.request(tenant, Role::Service, request);
    let found = CandidateServiceClient::new(site.channel()).list_timeline_entries(request).await.unwrap().into_inner();
    found.entries.into_iter().map(|entry| entry.summary).collect()
}

/// Posts as a program does that has the hook's address and secret. The status of the answer.
async fn post(site: &Site, url: &str, secret: &str, id: &str, body: &str) -> u16 {
    let time = site.clock().now().timestamp().to_string();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    let request = reqwest::Client::new()
        .post(url)
        .header("webhook-id", id)
        .header("webhook-timestamp", time)
        .header("webhook-signature", format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_asks_for_another_time_is_answered_with_three_and_the_words_are_there_to_read() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    restless(&site, &tenant).await;
    let candidate = candidate(&site, &tenant, "lin.xiao@example.com").await;
    let (_, application) = application(&site, &tenant, &candidate).await;
    let user_id = TenantId::new().to_string().replace("tenant", "user");
    let met = Interviewer { user_id, display_name: "周敏".to_owned(), title: String::new() };
    let mut request = interview(&site, &application, 10);
    request.interviewers = vec![met];
    let interview = scheduled(&site, &tenant, request).await;
    let message = invitation(&site, &tenant, &interview).await;

    let request = CreateReplyHookRequest { display_name: "SMS gate".to_owned(), request_id: String::new() };
    let request = site.request(&tenant, Role::Admin, request);
    let created = ReplySourceServiceClient::new(site.channel()).create_reply_hook(request).await.unwrap().into_inner();
    let (url, secret) = (created.hook.unwrap().url, created.secret);
    let words = "您好，那天有事，需要改时间。";
    let data = json!({ "channel": "sms", "message_id": message, "text": words });
    let body = json!({ "type": "reply.received", "data": data }).to_string();
    for time in ["the first time", "the same again"] {
        assert_eq!(post(&site, &url, &secret, "sms-1", &body).await, 202, "{time}");
    }
    assert_eq!(post(&site, &url, "whsec_AAAA", "sms-2", &body).await, 401);

    eventually("other times are offered", async || {
        get(&site, &tenant, &interview).await.state() == InterviewState::OtherTimeRequested
    })
    .await;
    let asked = get(&site, &tenant, &interview).await;
    assert_eq!(asked.offered_times.len(), 3);
    site.settle().await;
    let list = ListRepliesRequest { application_id: application, ..ListRepliesRequest::default() };
    let mut client = ReplyServiceClient::new(site.channel());
    let replies = client.list_replies(site.request(&tenant, Role::Service, list)).await.unwrap().into_inner().replies;
    let [listed] = replies.as_slice() else { panic!("{replies:?}") };
    let request = GetReplyRequest { reply_id: listed.reply_id.clone() };
    let read = client.get_reply(site.request(&tenant, Role::Service, request)).await.unwrap().into_inner().reply;
    let Reply { text, quote, .. } = read.clone().unwrap();
    assert_eq!(read.unwrap().intent(), ReplyIntent::Reschedule);
    assert!(text == words && !quote.is_empty() && asked.candidate_note == quote, "{text} {quote}");
    let told = timeline(&site, &tenant, &candidate).await;
    assert!(told.iter().any(|line| line.contains("another time")), "{told:?}");
}
