//! Looking on as a log grows: nothing is missing and nothing comes twice, whatever becomes of Redis.

use std::time::Duration;

use chassis::TenantId;
use outbox::{
    Mark, Tail, Tap,
    conformance::{Rig, Said, Stage},
    tap::PLACE_UNKNOWN,
};
use testkit::WireCutter;
use tokio_util::sync::CancellationToken;

use crate::Ground;

fn tap(stage: &Stage, stop: &CancellationToken) -> Tap {
    Tap::new(&stage.rig.producer, stage.rig.redis.clone(), stage.settings.clone(), stop.clone())
}

async fn next(tail: &mut Tail) -> u32 {
    let event = tokio::time::timeout(Duration::from_secs(20), tail.next()).await.unwrap().unwrap();
    outbox::read::<Said>(&event).unwrap().unwrap().number
}

async fn hears(tail: &mut Tail, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        assert_eq!(next(tail).await, number);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_looks_on_again_goes_on_where_it_stood() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let _producer = stage.produce();
    let stop = CancellationToken::new();
    let [mine, neighbour, elsewhere] = stage.tenants;
    let mut tail = tap(&stage, &stop).tail(mine, Mark::default()).await.unwrap();
    for number in 1..=20 {
        stage.say("a", &[number]).await;
        stage.say_for(neighbour, "b", &[100 + number]).await;
        stage.say_for(elsewhere, "c", &[200 + number]).await;
        assert_eq!(next(&mut tail).await, number, "and nothing of the neighbour's, who is in the same shard");
        if number % 5 == 0 {
            // Another process, and later the same.
            tail = tap(&stage, &stop).tail(mine, tail.mark()).await.unwrap();
        }
    }
    let mut all = tap(&stage, &stop).tail(mine, Mark::default()).await.unwrap();
    hears(&mut all, 1..=20).await;
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(20), tail.next()).await.unwrap().unwrap_err();
    assert_eq!(ended.reason(), "STOPPING");
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_is_slow_finds_the_rest_in_the_log() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let _producer = stage.produce();
    let stop = CancellationToken::new();
    let tap = tap(&stage, &stop);
    let mut slow = tap.tail(stage.tenants[0], Mark::default()).await.unwrap();
    let mut quick = tap.tail(stage.tenants[0], Mark::default()).await.unwrap();
    stage.say("a", &[1]).await;
    hears(&mut slow, 1..=1).await;
    // More than wait for a tail.
    for hundred in 0..30 {
        stage.say("a", &(2 + hundred * 100..102 + hundred * 100).collect::<Vec<_>>()).await;
    }
    hears(&mut quick, 1..=3_001).await;
    hears(&mut slow, 2..=3_001).await;
    stage.say("a", &[3_002]).await;
    hears(&mut slow, 3_002..=3_002).await;
    stop.cancel();
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_and_after_it_forgot_everything_the_log_tells() {
    let ground = Ground::new().await;
    let wire = WireCutter::before(ground.redis.url()).await;
    let redis = ground.redis.access_at(&wire.url(ground.redis.url()));
    let stage = ground.stage();
    let away = Stage { rig: Rig { redis, ..ground.rig() }, ..stage.clone() };
    let _producer = stage.produce();
    let stop = CancellationToken::new();
    let mut tail = tap(&away, &stop).tail(stage.tenants[0], Mark::default()).await.unwrap();
    stage.say("a", &[1, 2]).await;
    hears(&mut tail, 1..=2).await;
    wire.cut();
    stage.say("a", &[3]).await;
    hears(&mut tail, 3..=3).await;
    stage.say("a", &[4]).await;
    stage.relayed(4).await;
    stage.flush().await;
    wire.mend();
    hears(&mut tail, 4..=4).await;
    stage.say("a", &[5, 6]).await;
    hears(&mut tail, 5..=6).await;
    stop.cancel();
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_of_another_life_is_refused() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let producer = stage.produce();
    let stop = CancellationToken::new();
    let tap = tap(&stage, &stop);
    let tenant: TenantId = stage.tenants[0];
    let mut tail = tap.tail(tenant, Mark::default()).await.unwrap();
    stage.say("a", &[1, 2, 3]).await;
    hears(&mut tail, 1..=3).await;
    producer.stop().await;
    stage.restore_producer(1).await;
    let refused = tap.tail(tenant, tail.mark()).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason()), (tonic::Code::OutOfRange, PLACE_UNKNOWN));
    let ended = tokio::time::timeout(Duration::from_secs(20), tail.next()).await.unwrap().unwrap_err();
    assert_eq!(ended.reason(), PLACE_UNKNOWN);
    stop.cancel();
    ground.database.finish().await;
}
