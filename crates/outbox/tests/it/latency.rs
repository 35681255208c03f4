//! How long it takes from the commit of a fact to the commit of its effect. Measured and printed, not judged: machines
//! differ. `cargo test -p usher-outbox latency -- --nocapture`

use std::time::{Duration, Instant};

use crate::Ground;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "a measurement is for reading")]
async fn latency_from_commit_to_effect() {
    let ground = Ground::new().await;
    let mut stage = ground.stage();
    stage.settings.poll_ms = outbox::Settings::default().poll_ms;
    let (_producer, follower) = (stage.produce(), stage.follow());
    let mut spans = Vec::new();
    for number in 1..=200 {
        let mut tx = stage.begin(stage.tenants[0]).await;
        stage.append(&mut tx, "a", number).await;
        let token = tx.commit().await.unwrap().unwrap();
        let committed = Instant::now();
        follower.progress().wait_for(&token, Duration::from_secs(10)).await.unwrap();
        spans.push(committed.elapsed());
    }
    spans.sort();
    let at = |percent: usize| spans[(spans.len() - 1) * percent / 100];
    println!("one at a time: p50 {:?}, p90 {:?}, p99 {:?}", at(50), at(90), at(99));

    let many: Vec<u32> = (201..=10_200).collect();
    let begun = Instant::now();
    for numbers in many.chunks(500) {
        stage.say("a", numbers).await;
    }
    let said = begun.elapsed();
    stage
        .eventually("everything took effect", async || {
            follower.progress().lanes().iter().any(|lane| lane.position == 10_200)
        })
        .await;
    println!("10,000 events of one shard: said in {said:?}, applied in {:?}", begun.elapsed());
    ground.database.finish().await;
}
