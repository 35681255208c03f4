//! Outreach through its front door.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that can not do its part fails the test")]

mod catalogue;
mod channels;
mod clarity_gate;
mod clarity_settings;
mod conformance;
mod contact;
mod delivery;
mod engine;
mod erased;
mod experiments;
mod fakes;
mod gate;
mod hostile;
mod leases;
mod library;
mod merges;
mod page;
mod policy;
mod preferences;
mod previews;
mod replies;
mod requested;
mod sending;
mod sink;
mod templates;
mod tracking;
mod why;

use std::{path::Path, time::Duration};

use chassis::{Service, TenantId};
use fakes::{Centre, Talent};
use testkit::{Site, Voice, eventually};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use usher_outreach::{Outreach, Settings};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::MessageRequested,
    outreach::v1::{
        GetMessageRequest, ListMessagesRequest, Message, MessageDraft, MessageFacts, MessageKind, MessageState,
        SendMessageRequest, message_service_client::MessageServiceClient,
    },
    talent::v1::{GetRecipientResponse, Language},
};

const FROM: &str = "Usher <hr@example.com>";

/// Outreach and all that it needs, writing into a folder.
fn to_folder(folder: &Path, talent: &Talent) -> Vec<Box<dyn Service>> {
    let mail_folder = folder.display().to_string();
    with(&Settings { mail_folder, ..settings() }, talent)
}

/// The same, sending by SMTP.
fn to_server(url: &str, workers: u32, talent: &Talent) -> Vec<Box<dyn Service>> {
    with(&Settings { smtp_url: url.to_owned().into(), workers, ..settings() }, talent)
}

fn settings() -> Settings {
    Settings {
        smtp_url: String::new().into(),
        mail_folder: String::new(),
        from: FROM.to_owned(),
        workers: 4,
        // The other sides of tests are all on the loopback interface.
        allow_private_addresses: true,
        answer_seconds: 25,
    }
}

fn with(settings: &Settings, talent: &Talent) -> Vec<Box<dyn Service>> {
    around(Outreach::new(settings, &[7; 32], outbox::Settings::default()).unwrap(), talent)
}

fn around(outreach: Outreach, talent: &Talent) -> Vec<Box<dyn Service>> {
    vec![Box::new(outreach), Box::new(Voice::new("ats")), Box::new(talent.clone()), Box::new(Centre)]
}

/// A fresh id of that kind.
fn id(prefix: &str) -> String {
    TenantId::new().to_string().replace("tenant", prefix)
}

fn person(language: Language) -> GetRecipientResponse {
    GetRecipientResponse {
        display_name: "林晓".to_owned(),
        email: "lin.xiao@example.com".to_owned(),
        language: language.into(),
        ..GetRecipientResponse::default()
    }
}

/// Somebody whom talent knows.
fn reader(talent: &Talent, language: Language) -> String {
    let candidate = id("cand");
    talent.introduce(&candidate, person(language));
    candidate
}

fn facts() -> MessageFacts {
    MessageFacts {
        position: "Java Engineer".to_owned(),
        company: "Example Ltd".to_owned(),
        start_time: Some(prost_types::Timestamp { seconds: 1_796_104_800, nanos: 0 }),
        duration: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
        time_zone: "Asia/Shanghai".to_owned(),
        place: "Example Road 88, floor 3".to_owned(),
        interviewers: vec!["Ines Interviewer, team lead".to_owned()],
        materials: vec!["a pen".to_owned()],
        contact_name: "Rita Recruiter".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        answer_by: Some(prost_types::Timestamp { seconds: 1_796_004_800, nanos: 0 }),
        calendar_uid: "intv-1@usher".to_owned(),
        calendar_sequence: 2,
        ..MessageFacts::default()
    }
}

fn invitation(key: &str, candidate: &str) -> MessageDraft {
    MessageDraft {
        business_key: key.to_owned(),
        kind: MessageKind::InterviewInvitation.into(),
        candidate_id: candidate.to_owned(),
        application_id: id("app"),
        interview_id: id("intv"),
        facts: Some(facts()),
        ..MessageDraft::default()
    }
}

/// ats asks for a message.
async fn request(site: &Site, tenant: &TenantId, draft: MessageDraft) {
    let subject = draft.interview_id.clone();
    site.say("ats", tenant, subject, &MessageRequested { draft: Some(draft) }).await;
}

/// A recruiter asks for one.
async fn send(site: &Site, tenant: &TenantId, draft: MessageDraft) -> Result<Message, Status> {
    ask(site, tenant, SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() }).await
}

async fn ask(site: &Site, tenant: &TenantId, message: SendMessageRequest) -> Result<Message, Status> {
    let request = site.request(tenant, Role::Recruiter, message);
    let answer = MessageServiceClient::new(site.channel()).send_message(request).await?;
    Ok(answer.into_inner().message.unwrap())
}

async fn get(site: &Site, tenant: &TenantId, message_id: &str) -> Result<Message, Status> {
    let request = site.request(tenant, Role::ReadOnly, GetMessageRequest { message_id: message_id.to_owned() });
    Ok(MessageServiceClient::new(site.channel()).get_message(request).await?.into_inner().message.unwrap())
}

async fn list(site: &Site, tenant: &TenantId) -> Vec<Message> {
    let request = site.request(tenant, Role::ReadOnly, ListMessagesRequest { page_size: 1_000, ..Default::default() });
    MessageServiceClient::new(site.channel()).list_messages(request).await.unwrap().into_inner().messages
}

/// Waits until a message is in that state.
async fn becomes(site: &Site, tenant: &TenantId, message_id: &str, state: MessageState) -> Message {
    let what = format!("{message_id} becomes {}", state.as_str_name());
    eventually(&what, async || get(site, tenant, message_id).await.unwrap().state() == state).await;
    get(site, tenant, message_id).await.unwrap()
}

/// Waits until all messages of a tenant are in that state.
async fn all_become(site: &Site, tenant: &TenantId, count: usize, state: MessageState) -> Vec<Message> {
    eventually("all messages get there", async || {
        let all = list(site, tenant).await;
        all.len() == count && all.iter().all(|message| message.state() == state)
    })
    .await;
    list(site, tenant).await
}

/// The files of the mail folder by name.
fn mails(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "eml"))
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    found.sort();
    found
}

/// Ends leases early that would end by themselves some seconds later.
async fn leases_end(site: &Site) {
    let mut tx = site.db("outreach").begin_system().await.unwrap();
    sqlx::query("UPDATE open_messages SET lease_until = now() - interval '1 second'").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

fn refusal(status: &Status) -> (Code, String) {
    (status.code(), status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default())
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

/// Ends the test when nothing is on its way any more: what is sent while the services stop is said only by the next.
async fn finish(site: Site) {
    eventually("every message comes to its end", async || {
        let mut tx = site.db("outreach").begin_system().await.unwrap();
        let open: i64 = sqlx::query_scalar("SELECT count(*) FROM messages WHERE state IN (1, 2, 3)")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        open == 0
    })
    .await;
    site.finish().await;
}
