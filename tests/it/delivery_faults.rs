//! Everything goes wrong while messages are delivered: each one that was accepted is sent once, or it is said why not. The
//! long form, with the checker's word after each fault, is `script/bench faults`.

use std::{collections::BTreeSet, time::Duration};

use usher_tests::{
    faults::{self, Installation},
    sink::Fault,
};

const EACH: usize = 120;
const PER_SECOND: u32 = 40;
const PODS: usize = 2;
const KILLS: usize = 3;

/// As many of a hundred mails.
const WEATHER: [(u32, Fault); 5] = [
    (10, Fault::Say("451 4.3.0 later")),
    (3, Fault::Say("550 5.1.1 nobody of that name")),
    (8, Fault::DropDuringData),
    (4, Fault::DropAfterData),
    (10, Fault::Slow(Duration::from_millis(500))),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_each_accepted_message_is_sent_once_or_explained() {
    let dir = tempfile::Builder::new().prefix("usher-faults").tempdir().unwrap();
    let mut installation = Installation::start(dir.path(), PODS, 4 * EACH).await;
    let mut accepted = BTreeSet::new();

    // Redis forgets a queue that moves slowly.
    installation.sink.misbehave(&[(100, Fault::Slow(Duration::from_secs(2)))]);
    accepted.extend(installation.ask(EACH, 1_000).await.unwrap());
    installation.flush_redis();

    // Workers die in the middle of their work.
    installation.sink.misbehave(&[]);
    let asked = installation.ask(EACH, PER_SECOND);
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(rand::random_range(300..1_000))).await;
        installation.kill(kill % PODS);
    }
    accepted.extend(asked.await.unwrap());

    // The mail server has a bad day.
    installation.sink.misbehave(&WEATHER);
    accepted.extend(installation.ask(EACH, PER_SECOND).await.unwrap());

    // PostgreSQL crashes and recovers.
    installation.sink.misbehave(&[]);
    let asked = installation.ask(EACH, PER_SECOND);
    tokio::time::sleep(Duration::from_secs(1)).await;
    installation.crash_postgres().await;
    accepted.extend(asked.await.unwrap());

    assert_eq!(accepted.len(), 4 * EACH);
    let findings = faults::check(&installation, &accepted, Duration::from_mins(4)).await;
    println!("{findings}");
    assert_eq!(findings.unexplained, Vec::<String>::new());
    assert!(!findings.given_up.is_empty(), "what the mail server refused is said to be refused");
}
