//! What goes first, what is put off, and by whom nobody is held up.

use super::*;

#[tokio::test]
async fn a_reminder_of_today_overtakes_a_campaign() {
    const CAMPAIGN: usize = 90;
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let (tenant, other) = (restless(&site).await, restless(&site).await);
    let candidate = agreeing(&talent);
    let drafts = campaign(&talent, CAMPAIGN);
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
    let delivery = Delivery { tenant_per_second: 1, tenant_burst: 9, ..Delivery::default() };
    let site = Site::start(with_delivery(&sink, 4, delivery, &talent)).await;
    let (tenant, other) = (restless(&site).await, restless(&site).await);
    let candidate = agreeing(&talent);
    let drafts = campaign(&talent, MANY);
    let many = send_many(&site, &tenant, drafts).await;
    let one = send(&site, &other, opening("one", &candidate)).await.unwrap();
    becomes(&site, &other, &one.message_id, MessageState::Sent).await;
    let sent =
        async || list(&site, &tenant).await.into_iter().filter(|message| message.state() == MessageState::Sent).count();
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
async fn all_processes_together_keep_to_the_limit_of_the_own_account() {
    let sink = Sink::new().await;
    let talent = Talent::default();
    let delivery = Delivery { account_per_second: 1, account_burst: 5, ..Delivery::default() };
    let site = Site::start(with_delivery(&sink, 4, delivery, &talent)).await;
    let candidate = agreeing(&talent);
    let mut all = Vec::new();
    for _ in 0..40 {
        let tenant = restless(&site).await;
        send(&site, &tenant, opening("one", &candidate)).await.unwrap();
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
async fn a_tenants_own_account_gets_no_more_than_its_channel_says() {
    const MANY: usize = 60;
    let (own, theirs) = (Sink::new().await, Sink::new().await);
    let talent = Talent::default();
    let site = Site::start(to_server(&own.url, 4, &talent)).await;
    let (tenant, other) = (restless(&site).await, restless(&site).await);
    let settings = ChannelSettings { messages_per_second: 5, ..channels::configured::server(&theirs) };
    channels::create(&site, &tenant, settings, "").await.unwrap();
    let drafts = campaign(&talent, MANY);
    send_many(&site, &tenant, drafts).await;
    let drafts = campaign(&talent, MANY);
    send_many(&site, &other, drafts).await;
    all_become(&site, &other, MANY, MessageState::Sent).await;
    assert_eq!(own.taken().len(), MANY, "the installation's own account has no limit");
    eventually("what may go at once goes", async || theirs.taken().len() >= 3).await;
    assert!(theirs.taken().len() < MANY - 10, "{} went at once", theirs.taken().len());
    eventually("all go when it is their time", async || {
        site.clock().advance(Duration::from_secs(5)).unwrap();
        theirs.taken().len() == MANY
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
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    for number in 0..3 {
        let message = send(&site, &tenant, opening(&number.to_string(), &candidate)).await.unwrap();
        eventually("it is tried", async || get(&site, &tenant, &message.message_id).await.unwrap().attempts.len() == 1)
            .await;
    }
    // Shut: neither a new one nor the others are tried.
    let last = send(&site, &tenant, opening("last", &candidate)).await.unwrap();
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
