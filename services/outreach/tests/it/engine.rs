//! The delivery engine: what goes first, what is put off, what is given up and comes back, what is planned.

use std::collections::BTreeSet;

use prost_types::Timestamp;
use sink::{Answer, Sink};
use usher_outreach::Delivery;
use usher_proto::outreach::v1::{
    CancelMessageRequest, DeadLetter, DeadLetterFilter, Delivery as Stand, GetDeliveryRequest, ListDeadLettersRequest,
    MessageOrder, MessagePriority, RedriveMessagesRequest, SendMessagesRequest, SendResult,
    delivery_service_client::DeliveryServiceClient, send_result::Outcome,
};

use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn with_delivery(sink: &Sink, workers: u32, delivery: Delivery, talent: &Talent) -> Vec<Box<dyn Service>> {
    let smtp_url = sink.url.clone().into();
    let settings = Settings { smtp_url, mail_folder: String::new(), from: FROM.to_owned(), workers };
    around(Outreach::new(&settings, outbox::Settings::default()).unwrap().delivering(delivery), talent)
}

/// A word to somebody of the pool, as a campaign sends many.
fn care(key: &str, candidate: &str) -> MessageDraft {
    MessageDraft {
        kind: MessageKind::Care.into(),
        application_id: String::new(),
        interview_id: String::new(),
        ..invitation(key, candidate)
    }
}

fn clients(site: &Site) -> DeliveryServiceClient<tonic::transport::Channel> {
    DeliveryServiceClient::new(site.channel())
}

async fn stand(site: &Site, tenant: &TenantId, message_id: &str) -> Stand {
    let request = GetDeliveryRequest { message_id: message_id.to_owned() };
    let answer = clients(site).get_delivery(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().delivery.unwrap()
}

async fn send_many(site: &Site, tenant: &TenantId, drafts: Vec<MessageDraft>) -> Vec<SendResult> {
    let orders =
        drafts.into_iter().map(|draft| MessageOrder { draft: Some(draft), schedule_time: None }).collect();
    let request = site.request(tenant, Role::Recruiter, SendMessagesRequest { orders });
    clients(site).send_messages(request).await.unwrap().into_inner().results
}

fn accepted(result: &SendResult) -> Message {
    match result.outcome.as_ref().unwrap() {
        Outcome::Message(message) => message.clone(),
        Outcome::Refusal(refusal) => panic!("refused: {refusal:?}"),
    }
}

async fn dead(site: &Site, tenant: &TenantId, filter: DeadLetterFilter) -> Vec<DeadLetter> {
    let request = ListDeadLettersRequest { filter: Some(filter), ..ListDeadLettersRequest::default() };
    let answer = clients(site).list_dead_letters(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().dead_letters
}

async fn redrive(
    site: &Site,
    tenant: &TenantId,
    request: RedriveMessagesRequest,
) -> Result<Vec<String>, tonic::Status> {
    let answer = clients(site).redrive_messages(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().message_ids)
}

#[tokio::test]
async fn a_reminder_of_today_overtakes_a_campaign() {
    const CAMPAIGN: usize = 90;
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let candidate = reader(&talent, Language::En);
    let drafts = (0..CAMPAIGN).map(|number| care(&number.to_string(), &candidate)).collect();
    let campaign = send_many(&site, &tenant, drafts).await;
    let one = accepted(&campaign[0]).message_id;
    assert_eq!(stand(&site, &tenant, &one).await.priority(), MessagePriority::Bulk);
    eventually("a worker has its hands full", async || sink.begun() == 1).await;

    let upcoming = |key: &str, hours: i64| {
        let mut draft = invitation(key, &candidate);
        draft.kind = MessageKind::InterviewUpcoming.into();
        let seconds = site.clock().now().timestamp() + hours * 3_600;
        draft.facts.as_mut().unwrap().start_time = Some(Timestamp { seconds, nanos: 0 });
        draft
    };
    let today = send(&site, &other, upcoming("today", 1)).await.unwrap();
    assert_eq!(stand(&site, &other, &today.message_id).await.priority(), MessagePriority::Urgent);
    let later = send(&site, &other, upcoming("later", 200)).await.unwrap();
    assert_eq!(stand(&site, &other, &later.message_id).await.priority(), MessagePriority::Normal);
    sink.release();
    all_become(&site, &tenant, CAMPAIGN, MessageState::Sent).await;
    all_become(&site, &other, 2, MessageState::Sent).await;
    let order: Vec<_> = sink.taken().iter().map(sink::Mail::message_id).collect();
    assert_eq!(order.len(), CAMPAIGN + 2);
    let place = |message: &Message| order.iter().position(|id| *id == message.rfc_message_id).unwrap();
    // One was under way, and those that are taken up together may go in any order.
    for message in [&today, &later] {
        assert!(place(message) < 12, "{} of {CAMPAIGN} went before it", place(message));
    }
    finish(site).await;
}

#[tokio::test]
async fn a_tenant_over_its_limit_waits_without_losing_a_try_and_holds_up_nobody() {
    const MANY: usize = 150;
    let sink = Sink::new().await;
    let talent = Talent::default();
    let delivery = Delivery { tenant_per_second: 1, tenant_burst: 5, ..Delivery::default() };
    let site = Site::start(with_delivery(&sink, 4, delivery, &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let candidate = reader(&talent, Language::En);
    let drafts = (0..MANY).map(|number| care(&number.to_string(), &candidate)).collect();
    let many = send_many(&site, &tenant, drafts).await;
    let one = send(&site, &other, care("one", &candidate)).await.unwrap();
    becomes(&site, &other, &one.message_id, MessageState::Sent).await;
    let sent = async || {
        list(&site, &tenant).await.into_iter().filter(|message| message.state() == MessageState::Sent).count()
    };
    eventually("what may go at once goes", async || sent().await >= 5).await;
    assert!(sent().await < MANY / 2, "the rest waits");
    site.clock().advance(HOUR).unwrap();
    eventually("all go when it is their time", async || {
        site.clock().advance(Duration::from_secs(5)).unwrap();
        sent().await == MANY
    })
    .await;
    for result in many {
        let message = get(&site, &tenant, &accepted(&result).message_id).await.unwrap();
        assert_eq!(message.attempts.len(), 1, "being put off is no try");
    }
    assert_eq!(sink.taken().len(), MANY + 1);
    finish(site).await;
}

#[tokio::test]
async fn all_processes_together_keep_to_the_limit_of_a_channel() {
    let sink = Sink::new().await;
    let talent = Talent::default();
    let delivery = Delivery { channel_per_second: 1, channel_burst: 3, ..Delivery::default() };
    let site = Site::start(with_delivery(&sink, 4, delivery, &talent)).await;
    let candidate = reader(&talent, Language::En);
    let mut all = Vec::new();
    for _ in 0..40 {
        let tenant = site.tenant();
        send(&site, &tenant, care("one", &candidate)).await.unwrap();
        all.push(tenant);
    }
    eventually("what may go at once goes", async || sink.taken().len() >= 3).await;
    // What Redis counts is there for whoever comes next.
    let site = site.restart(with_delivery(&sink, 4, delivery, &talent)).await;
    leases_end(&site).await;
    assert!(sink.taken().len() < 30, "{} went at once", sink.taken().len());
    eventually("all go when it is their time", async || {
        site.clock().advance(Duration::from_secs(5)).unwrap();
        sink.taken().iter().map(sink::Mail::message_id).collect::<BTreeSet<_>>().len() == all.len()
    })
    .await;
    finish(site).await;
}

#[tokio::test]
async fn a_server_that_fails_is_left_alone_and_asked_by_one_message_first() {
    const BUSY: Answer = Answer::Say("451 4.3.2 busy");
    let sink = Sink::new().await;
    sink.plan(&[BUSY; 4]);
    let talent = Talent::default();
    let delivery = Delivery { breaker_failures: 3, breaker_pause_seconds: 600, ..Delivery::default() };
    let site = Site::start(with_delivery(&sink, 1, delivery, &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    for number in 0..3 {
        let message = send(&site, &tenant, care(&number.to_string(), &candidate)).await.unwrap();
        eventually("it is tried", async || {
            get(&site, &tenant, &message.message_id).await.unwrap().attempts.len() == 1
        })
        .await;
    }
    // Shut: neither a new one nor the others are tried.
    let last = send(&site, &tenant, care("last", &candidate)).await.unwrap();
    eventually("it is put off", async || {
        let stand = stand(&site, &tenant, &last.message_id).await;
        stand.next_time.unwrap().seconds > site.clock().now().timestamp() + 60
    })
    .await;
    site.clock().advance(Duration::from_secs(60)).unwrap();
    eventually("the others are put off too", async || {
        let mut tx = site.db("outreach").begin_system().await.unwrap();
        let now = site.clock().now();
        let due: i64 = sqlx::query_scalar("SELECT count(*) FROM open_messages WHERE step <> 2 OR next_time <= $1")
            .bind(now)
            .fetch_one(tx.conn())
            .await
            .unwrap();
        due == 0
    })
    .await;
    assert_eq!((sink.begun(), stand(&site, &tenant, &last.message_id).await.tries), (3, 0));

    // One goes to see, and is refused: it is shut for longer.
    site.clock().advance(Duration::from_secs(600)).unwrap();
    eventually("one is tried", async || sink.begun() == 4).await;
    eventually("it is shut again", async || {
        let mut tx = site.db("outreach").begin_system().await.unwrap();
        let soon = site.clock().now() + chrono::TimeDelta::seconds(30);
        let due: i64 = sqlx::query_scalar("SELECT count(*) FROM open_messages WHERE claimed OR next_time > $1")
            .bind(soon)
            .fetch_one(tx.conn())
            .await
            .unwrap();
        site.clock().advance(Duration::from_secs(1)).unwrap();
        due >= 3
    })
    .await;
    assert_eq!(sink.begun(), 4);

    // One goes to see, and is taken: all go.
    eventually("all are sent", async || {
        site.clock().advance(Duration::from_secs(20)).unwrap();
        sink.taken().len() == 4
    })
    .await;
    all_become(&site, &tenant, 4, MessageState::Sent).await;
    assert_eq!(sink.begun(), 8);
    finish(site).await;
}

#[tokio::test]
async fn what_was_given_up_is_listed_and_gets_new_tries_by_whoever_says_so() {
    let sink = Sink::new().await;
    sink.plan(&[Answer::Say("550 5.1.1 no such mailbox"); 3]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let candidate = reader(&talent, Language::En);
    let mut ids = Vec::new();
    for key in ["1", "2", "3"] {
        let message = send(&site, &tenant, care(key, &candidate)).await.unwrap();
        becomes(&site, &tenant, &message.message_id, MessageState::Failed).await;
        ids.push(message.message_id);
    }
    let all = dead(&site, &tenant, DeadLetterFilter::default()).await;
    let listed: Vec<_> = all.iter().map(|letter| letter.message_id.clone()).collect();
    assert_eq!(listed, ids.iter().rev().cloned().collect::<Vec<_>>(), "the last first");
    let letter = &all[2];
    assert_eq!((letter.reason.as_str(), letter.tries, letter.business_key.as_str()), ("CHANNEL_REJECTED", 1, "1"));
    assert!(letter.error.contains("550") && !letter.error.contains('@'));
    assert!(dead(&site, &other, DeadLetterFilter::default()).await.is_empty(), "another tenant's are nobody's");
    let reason = |reason: &str| DeadLetterFilter { reason: reason.to_owned(), ..DeadLetterFilter::default() };
    assert_eq!(dead(&site, &tenant, reason("CHANNEL_REJECTED")).await.len(), 3);
    assert!(dead(&site, &tenant, reason("TRIES_EXHAUSTED")).await.is_empty());
    let since = DeadLetterFilter { from_time: all[0].fail_time, ..DeadLetterFilter::default() };
    assert_eq!(dead(&site, &tenant, since).await.len(), 1);
    let until = DeadLetterFilter { to_time: all[0].fail_time, channel: "email".to_owned(), ..Default::default() };
    assert_eq!(dead(&site, &tenant, until).await.len(), 2);
    let nowhere = DeadLetterFilter { channel: "pigeon".to_owned(), ..Default::default() };
    assert!(dead(&site, &tenant, nowhere).await.is_empty());

    let unbounded = redrive(&site, &tenant, RedriveMessagesRequest::default()).await.unwrap_err();
    assert_eq!(refusal(&unbounded), (Code::InvalidArgument, "REDRIVE_UNBOUNDED".to_owned()));
    let of = |ids: &[String]| RedriveMessagesRequest { message_ids: ids.to_vec(), ..Default::default() };
    assert!(redrive(&site, &other, of(&ids)).await.unwrap().is_empty());
    assert_eq!(redrive(&site, &tenant, of(&ids[..1])).await.unwrap(), ids[..1]);
    let message = becomes(&site, &tenant, &ids[0], MessageState::Sent).await;
    let tries: Vec<_> = message.attempts.iter().map(|attempt| (attempt.number, attempt.succeeded)).collect();
    assert_eq!(tries, [(1, false), (2, true)]);
    let stand = stand(&site, &tenant, &ids[0]).await;
    assert!(stand.redrives.len() == 1 && stand.redrives[0].actor.starts_with("user_"), "{stand:?}");
    assert!(redrive(&site, &tenant, of(&ids[..1])).await.unwrap().is_empty(), "it is sent");
    let rest = RedriveMessagesRequest { filter: Some(reason("CHANNEL_REJECTED")), ..Default::default() };
    assert_eq!(redrive(&site, &tenant, rest).await.unwrap().len(), 2);
    all_become(&site, &tenant, 3, MessageState::Sent).await;
    assert!(dead(&site, &tenant, DeadLetterFilter::default()).await.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn what_is_planned_goes_at_its_time_in_order_unless_it_is_stopped() {
    let sink = Sink::new().await;
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let now = site.clock().now().timestamp();
    let at = async |key: &str, hours: i64| {
        let schedule_time = Some(Timestamp { seconds: now + hours * 3_600, nanos: 0 });
        let draft = Some(care(key, &candidate));
        ask(&site, &tenant, SendMessageRequest { draft, schedule_time, ..Default::default() }).await
    };
    for wrong in [-1, 24 * 367] {
        let refused = at("wrong", wrong).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, "SCHEDULE_TIME_OUT_OF_RANGE".to_owned()));
        assert_eq!(fields(&refused), ["schedule_time"]);
    }
    let mut planned = Vec::new();
    for (key, hours) in [("third", 9), ("first", 3), ("stopped", 4), ("second", 6)] {
        planned.push(at(key, hours).await.unwrap());
    }
    let [third, first, stopped, second] = planned.try_into().unwrap();
    let stand = stand(&site, &tenant, &third.message_id).await;
    assert_eq!((stand.state(), stand.next_time.unwrap().seconds), (MessageState::Queued, now + 9 * 3_600));
    let again = at("third", 5).await.unwrap();
    assert_eq!(again.message_id, third.message_id, "the time is no content");
    let cancel = CancelMessageRequest { message_id: stopped.message_id.clone(), request_id: String::new() };
    let cancel = site.request(&tenant, Role::Recruiter, cancel);
    MessageServiceClient::new(site.channel()).cancel_message(cancel).await.unwrap();
    let mut went = Vec::new();
    assert!(sink.seen().is_empty());
    for message in [first, second, third] {
        site.clock().advance(3 * HOUR).unwrap();
        becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
        went.push(message.rfc_message_id);
        assert_eq!(sink.taken().iter().map(sink::Mail::message_id).collect::<Vec<_>>(), went);
    }
    finish(site).await;
}

#[tokio::test]
async fn many_are_accepted_together_and_each_has_its_own_result() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    send(&site, &tenant, care("known", &candidate)).await.unwrap();
    let mut poor = invitation("poor", &candidate);
    poor.facts.as_mut().unwrap().place.clear();
    let other = |key: &str| {
        let mut draft = care(key, &candidate);
        draft.facts.as_mut().unwrap().contact_name = "Somebody Else".to_owned();
        draft
    };
    let drafts = vec![
        care("one", &candidate),
        poor,
        care("one", &candidate),
        other("one"),
        care("known", &candidate),
        other("known"),
        care("stranger", &id("cand")),
        care("two", &reader(&talent, Language::ZhCn)),
    ];
    let asked = talent.asked().len();
    let results = send_many(&site, &tenant, drafts).await;
    let told: Vec<String> = results
        .iter()
        .map(|result| match result.outcome.as_ref().unwrap() {
            Outcome::Message(message) => message.business_key.clone(),
            Outcome::Refusal(refusal) => refusal.reason.clone(),
        })
        .collect();
    assert_eq!(
        told,
        [
            "one",
            "FACTS_MISSING",
            "one",
            "BUSINESS_KEY_REUSED",
            "known",
            "BUSINESS_KEY_REUSED",
            "CANDIDATE_NOT_FOUND",
            "two"
        ]
    );
    assert_eq!(accepted(&results[0]).message_id, accepted(&results[2]).message_id);
    let Some(Outcome::Refusal(refusal)) = &results[1].outcome else { panic!("{results:?}") };
    assert!(refusal.fields.contains_key("draft.facts.place") && refusal.code == 9, "{refusal:?}");
    all_become(&site, &tenant, 3, MessageState::Sent).await;
    assert_eq!(mails(folder.path()).len(), 3);
    // Once to write them, and not again to send them.
    assert_eq!(talent.asked()[asked..], [3]);
    finish(site).await;
}

#[tokio::test]
async fn those_who_ask_at_the_same_moment_are_accepted_together() {
    const CROWD: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    // The first are kept waiting, so that there is a crowd behind them.
    let talent = Talent::answering(0);
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let candidate = reader(&talent, Language::En);
    let drafts: Vec<_> = (0..CROWD).map(|number| care(&number.to_string(), &candidate)).collect();
    let sending = drafts.iter().enumerate().map(|(number, draft)| {
        send(&site, if number % 2 == 0 { &tenant } else { &other }, draft.clone())
    });
    let (answers, ()) = tokio::join!(futures::future::join_all(sending), async {
        eventually("some are asked about", async || !talent.asked().is_empty()).await;
        talent.allow(100_000);
    });
    let ids: BTreeSet<_> = answers.into_iter().map(|answer| answer.unwrap().message_id).collect();
    assert_eq!(ids.len(), CROWD);
    assert!(talent.asked().len() < CROWD / 2, "{:?}", talent.asked());
    for tenant in [&tenant, &other] {
        all_become(&site, tenant, CROWD / 2, MessageState::Sent).await;
    }
    assert_eq!(mails(folder.path()).len(), CROWD);
    finish(site).await;
}

#[tokio::test]
async fn two_services_that_ask_at_once_for_the_same_send_get_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    for number in 0..6 {
        let draft = care(&number.to_string(), &candidate);
        let mut other = draft.clone();
        other.facts.as_mut().unwrap().contact_name = "Somebody Else".to_owned();
        let (one, two, three, ()) = tokio::join!(
            send(&site, &tenant, draft.clone()),
            send_many(&site, &tenant, vec![draft.clone(), draft.clone()]),
            send(&site, &tenant, other),
            request(&site, &tenant, draft.clone()),
        );
        // Whoever came first has the key; those who ask for the same agree, and the others are told.
        let ids: BTreeSet<String> = one
            .iter()
            .cloned()
            .chain(two.iter().filter_map(|result| match &result.outcome {
                Some(Outcome::Message(message)) => Some(message.clone()),
                _ => None,
            }))
            .chain(three.iter().cloned())
            .map(|message| message.message_id)
            .collect();
        assert_eq!(ids.len(), 1);
        assert_ne!(one.is_ok(), three.is_ok(), "one content alone is accepted");
    }
    site.settle().await;
    all_become(&site, &tenant, 6, MessageState::Sent).await;
    assert_eq!(mails(folder.path()).len(), 6);
    finish(site).await;
}

#[tokio::test]
async fn a_process_that_stops_ends_what_it_has_begun_and_gives_back_the_rest_at_once() {
    const COUNT: usize = 60;
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let drafts = (0..COUNT).map(|number| care(&number.to_string(), &candidate)).collect();
    send_many(&site, &tenant, drafts).await;
    eventually("a mail is under way", async || sink.begun() == 1).await;
    let (stopped, ()) = tokio::join!(site.stop(), async {
        // Everybody is told to stop before anything else happens.
        tokio::task::yield_now().await;
        sink.release();
    });
    let mut tx = stopped.db("outreach").begin_system().await.unwrap();
    let (claimed, ended): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM open_messages WHERE claimed), (SELECT count(*) FROM messages WHERE state = 4)",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    drop(tx);
    assert_eq!(claimed, 0, "nobody has to wait until a lease ends");
    assert_eq!(usize::try_from(ended).unwrap(), sink.taken().len(), "what was taken is known to be sent");
    let site = stopped.start(to_server(&sink.url, 1, &talent)).await;
    for message in all_become(&site, &tenant, COUNT, MessageState::Sent).await {
        let message = get(&site, &tenant, &message.message_id).await.unwrap();
        assert_eq!(message.attempts.len(), 1, "what is given back has used no try");
    }
    assert_eq!(sink.taken().len(), COUNT, "none twice");
    finish(site).await;
}

#[tokio::test]
async fn a_message_that_ends_every_worker_is_given_up() {
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let mut site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = site.tenant();
    let message = send(&site, &tenant, care("k", &reader(&talent, Language::En))).await.unwrap();
    for number in 1..=8 {
        eventually("a worker has it", async || sink.begun() == number).await;
        site = site.restart(to_server(&sink.url, 1, &talent)).await;
        leases_end(&site).await;
    }
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Failed).await;
    assert!(message.attempts.len() == 8 && message.attempts.iter().all(|attempt| attempt.error.contains("lost")));
    assert_eq!(dead(&site, &tenant, DeadLetterFilter::default()).await[0].reason, "TRIES_EXHAUSTED");
    sink.release();
    finish(site).await;
}
