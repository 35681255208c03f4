//! Between the queue and the other side's "250": no message is lost, none goes out twice.

use std::collections::BTreeSet;

use sink::{Answer, Sink};
use usher_proto::outreach::v1::{CancelMessageRequest, MessageFailed, MessageSent};

use super::*;

/// Beyond the longest pause after a first failure.
const PAUSE: Duration = Duration::from_secs(11);

/// A message of which the first try fails; the answer is what it looks like after the second.
async fn second_try(site: &Site, talent: &Talent) -> (TenantId, Message) {
    let tenant = site.tenant();
    let message = send(site, &tenant, invitation("k", &reader(talent, Language::En))).await.unwrap();
    eventually("the first try ends", async || {
        let message = get(site, &tenant, &message.message_id).await.unwrap();
        message.attempts.first().is_some_and(|attempt| attempt.end_time.is_some())
    })
    .await;
    site.clock().advance(PAUSE).unwrap();
    let message = becomes(site, &tenant, &message.message_id, MessageState::Sent).await;
    let tries: Vec<_> = message.attempts.iter().map(|attempt| (attempt.number, attempt.succeeded)).collect();
    assert_eq!(tries, [(1, false), (2, true)]);
    assert_eq!(site.heard_of::<MessageSent>("outreach", &tenant).await.len(), 1);
    (tenant, message)
}

#[tokio::test]
async fn what_the_server_does_not_take_for_now_is_tried_again_under_the_same_name() {
    let sink = Sink::new().await;
    sink.plan(&[Answer::Say("451 4.3.0 lin.xiao@example.com: try later")]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 2, &talent)).await;
    let (_, message) = second_try(&site, &talent).await;
    let ids: Vec<_> = sink.seen().iter().map(sink::Mail::message_id).collect();
    assert_eq!(ids, [message.rfc_message_id.clone(), message.rfc_message_id]);
    assert_eq!(sink.taken().len(), 1);
    let error = &message.attempts[0].error;
    assert!(error.contains("451") && !error.contains('@'), "the code and no address: {error}");
    finish(site).await;
}

#[tokio::test]
async fn a_connection_lost_on_the_way_is_tried_again() {
    let sink = Sink::new().await;
    sink.plan(&[Answer::DropDuringData]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 2, &talent)).await;
    let (_, message) = second_try(&site, &talent).await;
    assert_eq!(sink.begun(), 2);
    let ids: Vec<_> = sink.taken().iter().map(sink::Mail::message_id).collect();
    assert_eq!(ids, [message.rfc_message_id]);
    finish(site).await;
}

#[tokio::test]
async fn a_lost_250_is_the_one_way_to_send_twice_and_both_have_one_name() {
    let sink = Sink::new().await;
    sink.plan(&[Answer::DropAfterData]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 2, &talent)).await;
    let (_, message) = second_try(&site, &talent).await;
    let ids: Vec<_> = sink.taken().iter().map(sink::Mail::message_id).collect();
    assert_eq!(ids, [message.rfc_message_id.clone(), message.rfc_message_id]);
    finish(site).await;
}

#[tokio::test]
async fn what_the_server_will_never_take_fails_at_once() {
    let sink = Sink::new().await;
    sink.plan(&[Answer::Say("550 5.1.1 no such mailbox")]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 2, &talent)).await;
    let tenant = site.tenant();
    let draft = invitation("k", &reader(&talent, Language::En));
    let message = send(&site, &tenant, draft.clone()).await.unwrap();
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Failed).await;
    assert_eq!(message.attempts.len(), 1);
    let expected = MessageFailed {
        message_id: message.message_id,
        kind: draft.kind,
        candidate_id: draft.candidate_id,
        application_id: draft.application_id,
        interview_id: draft.interview_id,
        reason: "CHANNEL_REJECTED".to_owned(),
        business_key: "k".to_owned(),
    };
    assert_eq!(site.heard_of::<MessageFailed>("outreach", &tenant).await, [expected]);
    assert!(site.heard_of::<MessageSent>("outreach", &tenant).await.is_empty());
    site.clock().advance(PAUSE).unwrap();
    assert_eq!(sink.begun(), 1);
    finish(site).await;
}

#[tokio::test]
async fn a_redis_that_forgets_everything_loses_no_message() {
    // More than a worker has in hand.
    const COUNT: usize = 100;
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 2, &talent)).await;
    let tenant = site.tenant();
    for number in 0..COUNT {
        request(&site, &tenant, invitation(&number.to_string(), &reader(&talent, Language::En))).await;
    }
    eventually("Redis has all that the workers have not", async || {
        let mut tx = site.db("outreach").begin_system().await.unwrap();
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM open_messages WHERE step = 3 AND NOT claimed")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        sink.begun() > 0 && waiting > 0
    })
    .await;
    site.redis().flush().await;
    sink.release();
    all_become(&site, &tenant, COUNT, MessageState::Sent).await;
    let ids: Vec<_> = sink.taken().iter().map(sink::Mail::message_id).collect();
    assert_eq!(ids.len(), COUNT, "none twice");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), COUNT);
    assert_eq!(site.heard_of::<MessageSent>("outreach", &tenant).await.len(), COUNT);
    finish(site).await;
}

#[tokio::test]
async fn a_crash_in_the_middle_loses_nothing_and_the_folder_has_everything_once() {
    const COUNT: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    // Every message needs an answer to be written, and after a restart another one to be sent: these do not suffice.
    let talent = Talent::answering(COUNT / 2);
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    for number in 0..COUNT {
        request(&site, &tenant, invitation(&number.to_string(), &reader(&talent, Language::En))).await;
    }
    eventually("work is under way", async || talent.is_exhausted()).await;
    let site = site.restart(to_folder(folder.path(), &talent)).await;
    assert!(mails(folder.path()).len() < COUNT);
    talent.allow(10_000);
    leases_end(&site).await;
    let messages = all_become(&site, &tenant, COUNT, MessageState::Sent).await;
    let names: BTreeSet<_> = messages.iter().map(|message| format!("{}.eml", message.message_id)).collect();
    assert_eq!(mails(folder.path()).into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), names);
    assert_eq!(site.heard_of::<MessageSent>("outreach", &tenant).await.len(), COUNT);
    finish(site).await;
}

#[tokio::test]
async fn a_worker_that_outlived_its_lease_is_believed() {
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = site.tenant();
    let message = send(&site, &tenant, invitation("k", &reader(&talent, Language::En))).await.unwrap();
    eventually("a worker has it", async || sink.begun() == 1).await;
    leases_end(&site).await;
    becomes(&site, &tenant, &message.message_id, MessageState::Queued).await;
    sink.release();
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    assert_eq!(message.attempts.len(), 1);
    assert_eq!((sink.begun(), site.heard_of::<MessageSent>("outreach", &tenant).await.len()), (1, 1));
    finish(site).await;
}

#[tokio::test]
async fn what_no_worker_has_can_be_stopped() {
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = site.tenant();
    let cancel = async |message_id: &str| {
        let request = CancelMessageRequest { message_id: message_id.to_owned(), request_id: String::new() };
        let request = site.request(&tenant, Role::Recruiter, request);
        MessageServiceClient::new(site.channel()).cancel_message(request).await
    };
    let candidate = reader(&talent, Language::En);
    let first = send(&site, &tenant, invitation("1", &candidate)).await.unwrap();
    eventually("the worker has the first", async || sink.begun() == 1).await;
    let second = send(&site, &tenant, invitation("2", &candidate)).await.unwrap();
    let stopped = cancel(&second.message_id).await.unwrap().into_inner().message.unwrap();
    assert_eq!(stopped.state(), MessageState::Cancelled);
    let late = cancel(&first.message_id).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::FailedPrecondition, "MESSAGE_STATE".to_owned()));

    let mut poor = invitation("3", &candidate);
    poor.facts.as_mut().unwrap().place.clear();
    request(&site, &tenant, poor).await;
    site.settle().await;
    let mut third = None;
    eventually("the third is refused", async || {
        third = list(&site, &tenant).await.into_iter().find(|one| one.state() == MessageState::Refused);
        third.is_some()
    })
    .await;
    let refused = cancel(&third.unwrap().message_id).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "MESSAGE_STATE".to_owned()));

    sink.release();
    becomes(&site, &tenant, &first.message_id, MessageState::Sent).await;
    let last = send(&site, &tenant, invitation("4", &candidate)).await.unwrap();
    becomes(&site, &tenant, &last.message_id, MessageState::Sent).await;
    let ids: Vec<_> = sink.taken().iter().map(sink::Mail::message_id).collect();
    assert_eq!(ids, [first.rfc_message_id, last.rfc_message_id], "the one that was stopped did not go out");
    finish(site).await;
}
