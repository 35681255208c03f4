//! What may not change, and what may not be said.

use std::time::Duration;

use outbox::{Producer, Settings, conformance::Said};
use tokio_util::sync::CancellationToken;

use crate::Ground;

#[tokio::test]
async fn the_number_of_shards_is_fixed_when_the_log_begins() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let producer = stage.produce();
    stage.say("a", &[1]).await;
    stage.relayed(1).await;
    producer.stop().await;
    let settings = Settings { shards: 3, ..stage.settings.clone() };
    let other = Producer::new(ground.database.db("mouth"), ground.redis.access(), settings);
    let ended = tokio::time::timeout(Duration::from_secs(10), other.run(CancellationToken::new())).await;
    assert!(ended.is_ok(), "it refuses to work");
    stage.say("a", &[2]).await;
    assert_eq!(stage.waiting().await, 1, "and numbered nothing");
    let _producer = stage.produce();
    stage.relayed(2).await;
    ground.database.finish().await;
}

#[tokio::test]
async fn a_producer_that_is_stopped_numbers_what_was_committed() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let producer = stage.produce();
    stage.say("a", &[1]).await;
    stage.relayed(1).await;
    // Through another door, so that no notice wakes the sequencer.
    let other = outbox::conformance::Stage {
        rig: outbox::conformance::Rig { producer: ground.database.another_db("mouth"), ..ground.rig() },
        ..stage.clone()
    };
    other.say("a", &(2..=2_500).collect::<Vec<_>>()).await;
    producer.stop().await;
    assert_eq!(stage.waiting().await, 0);
    stage.relayed(2_500).await;
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_does_not_depend_on_the_clocks_of_processes() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    for number in 1..=3 {
        let mut tx = stage.begin(stage.tenants[0]).await;
        let id = stage.append(&mut tx, "a", number).await;
        // As if each writer's clock were an hour behind that of the one before.
        let slow = uuid::Uuid::from_u128(id.as_u128() - (u128::from(number) << 100));
        sqlx::query("UPDATE outbox SET event_id = $2 WHERE event_id = $1")
            .bind(id)
            .bind(slow)
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.hears(&[("a", 1), ("a", 2), ("a", 3)]).await;
    stage.log_is_whole().await;
    ground.database.finish().await;
}

/// An event of the given size.
#[derive(Clone, PartialEq, prost::Message)]
struct Long {
    #[prost(bytes = "vec", tag = "1")]
    bytes: Vec<u8>,
}

impl prost::Name for Long {
    const NAME: &'static str = "Long";
    const PACKAGE: &'static str = "usher.conformance.v1";
}

#[tokio::test]
async fn an_event_has_a_largest_size_and_a_page_too() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let mut tx = stage.begin(stage.tenants[0]).await;
    let too_long = Long { bytes: vec![7; 1 << 20] };
    let error = outbox::append(&mut tx, "a", &too_long).await.unwrap_err();
    assert_eq!(error.reason(), "EVENT_TOO_LARGE");
    let long = Long { bytes: vec![7; (1 << 20) - 10] };
    for _ in 0..7 {
        outbox::append(&mut tx, "a", &long).await.unwrap();
    }
    outbox::append(&mut tx, "a", &Said { number: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.hears(&[("a", 1)]).await;
    let log = outbox::LocalLog::new(vec![ground.database.db("mouth")]);
    let page = outbox::Log::read(&log, "mouth", 0, 0, 0).await.unwrap();
    assert_eq!(page.events.len(), 2, "gRPC takes messages of 4 MiB");
    assert!(prost::Message::encoded_len(&page) < 4 << 20);
    ground.database.finish().await;
}
