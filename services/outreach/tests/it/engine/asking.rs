//! How messages are asked for: for later, many at once, by several at once.

use super::*;

#[tokio::test]
async fn what_is_planned_goes_at_its_time_in_order_unless_it_is_stopped() {
    let sink = Sink::new().await;
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    let now = site.clock().now().timestamp();
    let at = async |key: &str, hours: i64| {
        let schedule_time = Some(Timestamp { seconds: now + hours * 3_600, nanos: 0 });
        let draft = Some(opening(key, &candidate));
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
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    send(&site, &tenant, opening("known", &candidate)).await.unwrap();
    let mut poor = invitation("poor", &candidate);
    poor.facts.as_mut().unwrap().place.clear();
    let other = |key: &str| {
        let mut draft = opening(key, &candidate);
        draft.facts.as_mut().unwrap().contact_name = "Somebody Else".to_owned();
        draft
    };
    let drafts = vec![
        opening("one", &candidate),
        poor,
        opening("one", &candidate),
        other("one"),
        opening("known", &candidate),
        other("known"),
        opening("stranger", &id("cand")),
        opening("two", &agreeing(&talent)),
    ];
    let asked = talent.asked().len();
    let results = send_many(&site, &tenant, drafts).await;
    let told = |results: &[SendResult]| -> Vec<String> {
        let told = results.iter().map(|result| match result.outcome.as_ref().unwrap() {
            Outcome::Message(message) => message.business_key.clone(),
            Outcome::Refusal(refusal) => refusal.reason.clone(),
        });
        told.collect()
    };
    assert_eq!(
        told(&results),
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

    // One that PostgreSQL takes for no text, and that it would refuse all the others with.
    let mut broken = other("broken");
    broken.business_key.push('\0');
    let drafts = vec![broken, opening("three", &agreeing(&talent)), opening("four", &agreeing(&talent))];
    assert_eq!(told(&send_many(&site, &tenant, drafts).await), ["TEXT_INVALID", "three", "four"]);
    finish(site).await;
}

#[tokio::test]
async fn those_who_ask_at_the_same_moment_are_accepted_together() {
    const CROWD: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    // The first are kept waiting, so that there is a crowd behind them.
    let talent = Talent::answering(0);
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, other) = (restless(&site).await, restless(&site).await);
    let drafts = campaign(&talent, CROWD);
    let sending = drafts
        .iter()
        .enumerate()
        .map(|(number, draft)| send(&site, if number % 2 == 0 { &tenant } else { &other }, draft.clone()));
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
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    for number in 0..6 {
        let draft = opening(&number.to_string(), &candidate);
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
