//! Wires are cut, to Redis, to the consumer's database, to the producer's; and a consumer stands still.

use std::{pin::pin, time::Duration};

use outbox::{
    Settings,
    conformance::{Rig, Stage},
};
use testkit::WireCutter;

use crate::Ground;

fn numbered(numbers: std::ops::RangeInclusive<u32>) -> Vec<(&'static str, u32)> {
    numbers.map(|number| ("a", number)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_the_log_carries() {
    let ground = Ground::new().await;
    let wire = WireCutter::before(ground.redis.url()).await;
    let redis = ground.redis.access_at(&wire.url(ground.redis.url()));
    let stage = Stage::new(Rig { redis, ..ground.rig() });
    let (_producer, follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1, 2]).await;
    stage.hears(&numbered(1..=2)).await;
    wire.cut();
    stage.say("a", &[3, 4]).await;
    stage.hears(&numbered(1..=4)).await;
    wire.mend();
    stage.relayed(4).await;
    stage.say("a", &[5]).await;
    stage.hears(&numbered(1..=5)).await;
    stage.relayed(5).await;
    stage.eventually("it is well", async || follower.progress().check().is_ok()).await;
    assert_eq!(follower.progress().lag(), 0);
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_be_away_from_the_start() {
    let ground = Ground::new().await;
    let wire = WireCutter::before(ground.redis.url()).await;
    wire.cut();
    let redis = ground.redis.access_at(&wire.url(ground.redis.url()));
    let stage = Stage::new(Rig { redis, ..ground.rig() });
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1, 2]).await;
    stage.hears(&numbered(1..=2)).await;
    wire.mend();
    stage.relayed(2).await;
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbering_never_waits_for_redis() {
    let ground = Ground::new().await;
    let wire = WireCutter::before(ground.redis.url()).await;
    let redis = ground.redis.access_at(&wire.url(ground.redis.url()));
    let slow = Stage::new(Rig { redis, ..ground.rig() });
    let _producer = slow.produce();
    slow.say("a", &[1]).await;
    slow.relayed(1).await;
    // It accepts connections and does not answer.
    wire.delay(Duration::from_mins(10));
    let begun = std::time::Instant::now();
    for number in 2..=21 {
        slow.say("a", &[number]).await;
        slow.eventually("it is numbered", async || slow.waiting().await == 0).await;
    }
    // Each would take half a second or more.
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_survives_the_loss_of_its_database() {
    let ground = Ground::new().await;
    let wire = WireCutter::before(ground.database.url()).await;
    let calm = ground.stage();
    let rig = Rig { consumer: ground.database.db_through(&wire, "ear"), ..ground.rig() };
    let shaky = Stage { rig, ..calm.clone() };
    let (_producer, _follower) = (calm.produce(), shaky.follow());
    calm.say("a", &[1]).await;
    calm.hears(&numbered(1..=1)).await;
    for number in (2..10).step_by(2) {
        wire.cut();
        calm.say("a", &[number]).await;
        wire.mend();
        calm.say("a", &[number + 1]).await;
        calm.hears(&numbered(1..=number + 1)).await;
    }
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequencer_survives_the_loss_of_its_session() {
    let ground = Ground::new().await;
    let wire = WireCutter::before(ground.database.url()).await;
    let calm = ground.stage();
    let rig = Rig { producer: ground.database.db_through(&wire, "mouth"), ..ground.rig() };
    let shaky = Stage { rig, ..calm.clone() };
    let (_producer, _follower) = (shaky.produce(), calm.follow());
    for number in (1..10).step_by(2) {
        calm.say("a", &[number]).await;
        wire.cut();
        calm.say("a", &[number + 1]).await;
        wire.mend();
        calm.hears(&numbered(1..=number + 1)).await;
    }
    calm.log_is_whole().await;
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_with_an_abandoned_begin_swallows_no_numbers() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let db = ground.database.db("mouth");
    for _ in 0..20 {
        sqlx::query("SELECT 1").execute(db.pool()).await.unwrap();
        // Sent, and given up, nearly always before the answer, as a cancelled request does.
        let mut begin = pin!(db.begin_system());
        let _ = futures::poll!(begin.as_mut());
    }
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1]).await;
    stage.hears(&numbered(1..=1)).await;
    stage.log_is_whole().await;
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_is_too_far_behind_is_not_ready() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let stage = Stage { settings: Settings { stream_max_len: 20, ..stage.settings.clone() }, ..stage };
    let (_producer, follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1]).await;
    stage.hears(&numbered(1..=1)).await;
    stage.eventually("it is well", async || follower.progress().check().is_ok()).await;
    let mut hindrance = ground.database.another_db("ear").begin_system().await.unwrap();
    sqlx::query("SELECT 1 FROM outbox_cursor FOR UPDATE").execute(hindrance.conn()).await.unwrap();
    stage.say("a", &(2..=60).collect::<Vec<_>>()).await;
    stage
        .eventually("it says how far it is behind", async || {
            follower.progress().check().is_err_and(|trouble| trouble.ends_with(" is 59 events behind"))
        })
        .await;
    drop(hindrance);
    stage.hears(&numbered(1..=60)).await;
    stage.eventually("it is well again", async || follower.progress().check().is_ok()).await;
    ground.database.finish().await;
}
