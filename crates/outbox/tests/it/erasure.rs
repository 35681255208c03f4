//! What is forgotten of a log stops nobody who reads it.

use outbox::erasure;

use crate::Ground;

const NAMED: &str = "cand_01h455vb4pex5vsknk084sn02q";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_go_on_over_what_is_forgotten_and_the_stream_holds_it_no_more() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let producer = stage.produce();
    for (subject, number) in [("person-a", 1), (NAMED, 2), ("person-c", 3)] {
        stage.say(subject, &[number]).await;
    }
    stage.say_for(stage.tenants[1], "person-z", &[4]).await;
    stage.relayed(4).await;

    let tenant = stage.tenants[0];
    let mut tx = stage.begin(tenant).await;
    let words = [NAMED.to_owned(), NAMED.replace('1', "2")];
    for count in [1, 0] {
        let forgotten = erasure::forget(&mut tx, &words, "").await.unwrap();
        let counts: Vec<_> = forgotten.iter().map(|store| (store.store.as_str(), store.count)).collect();
        assert_eq!(counts, [("event_log", count), ("dead_letters", 0), ("remembered_answers", 0)], "once is enough");
    }
    let redis = ground.redis.access();
    for count in [1, 0] {
        let dropped = erasure::forget_stream(&tx, &redis, &stage.settings, &words, "").await.unwrap();
        assert_eq!((dropped.store.as_str(), dropped.count), ("event_stream", count));
    }
    tx.commit().await.unwrap();

    let _follower = stage.follow();
    stage.hears(&[("person-a", 1), ("person-c", 3)]).await;
    stage.hears_for(stage.tenants[1], &[("person-z", 4)]).await;
    // The relay goes on, in the stream that is not there any more as well as in a process of its own.
    stage.say("person-d", &[5]).await;
    stage.relayed(5).await;
    producer.stop().await;
    let _producer = stage.produce();
    stage.say("person-e", &[6]).await;
    stage.hears(&[("person-a", 1), ("person-c", 3), ("person-d", 5), ("person-e", 6)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_forgotten_is_refused() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let (gone, known) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let mut tx = stage.begin(stage.tenants[0]).await;
    for _ in 0..2 {
        erasure::begin(&mut tx, gone).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = stage.begin(stage.tenants[0]).await;
    assert!(erasure::is_erased(&mut tx, gone).await.unwrap() && !erasure::is_erased(&mut tx, known).await.unwrap());
    assert_eq!(erasure::refuse(&mut tx, gone).await.unwrap_err().reason(), "CANDIDATE_ERASED");
    erasure::refuse(&mut tx, known).await.unwrap();
    let mut tx = stage.begin(stage.tenants[1]).await;
    erasure::refuse(&mut tx, gone).await.unwrap();
    ground.database.finish().await;
}
