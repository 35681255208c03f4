//! What is given up and comes back, and what becomes of what a process has in hand when it ends.

use super::*;

#[tokio::test]
async fn what_was_given_up_is_listed_and_gets_new_tries_by_whoever_says_so() {
    let sink = Sink::new().await;
    sink.plan(&[Answer::Say("554 5.6.0 not such a message"); 3]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let (tenant, other) = (restless(&site).await, restless(&site).await);
    let candidate = agreeing(&talent);
    let mut ids = Vec::new();
    for key in ["1", "2", "3"] {
        let message = send(&site, &tenant, opening(key, &candidate)).await.unwrap();
        becomes(&site, &tenant, &message.message_id, MessageState::Failed).await;
        ids.push(message.message_id);
    }
    let all = dead(&site, &tenant, DeadLetterFilter::default()).await;
    let listed: Vec<_> = all.iter().map(|letter| letter.message_id.clone()).collect();
    assert_eq!(listed, ids.iter().rev().cloned().collect::<Vec<_>>(), "the last first");
    let letter = &all[2];
    assert_eq!((letter.reason.as_str(), letter.tries, letter.business_key.as_str()), ("CHANNEL_REJECTED", 1, "1"));
    assert!(letter.error.contains("554") && !letter.error.contains('@'));
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
async fn a_process_that_stops_ends_what_it_has_begun_and_gives_back_the_rest_at_once() {
    const COUNT: usize = 60;
    let sink = Sink::new().await;
    sink.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = restless(&site).await;
    let drafts = campaign(&talent, COUNT);
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
    let tenant = restless(&site).await;
    let message = send(&site, &tenant, opening("k", &agreeing(&talent))).await.unwrap();
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
