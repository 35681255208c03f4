//! Forgetting somebody in a large log does not read it. What it takes is printed:
//! `USHER_LOG_EVENTS=1000000 cargo test -p usher-outbox large_log -- --nocapture`

use std::time::{Duration, Instant};

use chassis::TenantTx;
use outbox::{
    conformance::{Said, Stage},
    erasure,
};
use sqlx::{Connection as _, PgConnection};

use crate::Ground;

/// For a log of any size.
const PATIENCE: Duration = Duration::from_mins(10);
/// Each person is named by so many events.
const NAMED: i64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "a measurement is for reading")]
async fn forgetting_somebody_reads_only_what_names_them() {
    let events = std::env::var("USHER_LOG_EVENTS").map_or(20_000, |events| events.parse().unwrap());
    let ground = Ground::new().await;
    let stage = ground.stage();
    fill(&ground, &stage, events).await;

    let begun = Instant::now();
    let (found, read) = forget(&stage, 1).await;
    println!("{events} events, none noted: {:?}, {read} rows read", begun.elapsed());
    assert_eq!(found, NAMED, "a log from before is read itself");

    let begun = Instant::now();
    let producer = stage.produce();
    noted(&stage).await;
    println!("all noted in {:?}", begun.elapsed());
    let begun = Instant::now();
    let (found, read) = forget(&stage, 2).await;
    println!("{events} events, all noted: {:?}, {read} rows read", begun.elapsed());
    assert_eq!(found, NAMED);
    assert!(read <= 3 * NAMED, "{read} rows of {events} were read");
    assert_eq!(forget(&stage, 2).await.0, 0, "once is enough");

    // One that is numbered and not noted, and one that has no number.
    stage.say(&person(3), &[1]).await;
    stage.eventually("it is numbered", async || stage.waiting().await == 0).await;
    producer.stop().await;
    let mut tx = stage.begin(stage.tenants[0]).await;
    outbox::append(&mut tx, "a thing", &Said { number: 2 }).await.unwrap();
    outbox::append(&mut tx, person(3), &Said { number: 3 }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(forget(&stage, 3).await.0, NAMED + 2);

    // What is overwritten is not noted.
    let _producer = stage.produce();
    ground.database.clock().advance(Duration::from_secs(60)).unwrap();
    noted(&stage).await;
    let mut tx = stage.begin(stage.tenants[0]).await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox_mention WHERE word = ANY ($1)")
        .bind([person(1), person(2), person(3)])
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(left, 0);
    let refused = erasure::forget(&mut tx, &["anybody".to_owned()], "").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Internal, "nothing is noted by such a word");
    drop(tx);
    ground.database.finish().await;
}

/// Half of the events are the first tenant's; the two others have events that name the same ids.
async fn fill(ground: &Ground, stage: &Stage, events: i64) {
    let mut owner = PgConnection::connect(ground.database.url()).await.unwrap();
    let [first, second, third] = stage.tenants;
    for (shard, tenants, of) in [(0_i16, [first, second], events * 3 / 4), (1, [third, third], events / 4)] {
        sqlx::query(
            "INSERT INTO mouth.outbox (tenant_id, event_id, shard, position, type, subject, time, traceparent, data)
             SELECT CASE WHEN n % 3 < 2 THEN $2::uuid ELSE $3::uuid END, gen_random_uuid(), $1, n, 'invented',
                    'thing_' || n, now(), '',
                    '\\x0a06ff000d1f'::bytea
                        || convert_to('cand_0' || lpad((n / 3 % ($4 / 15) + 1)::text, 25, '0'), 'UTF8') || '\\x121e'::bytea
                        || convert_to('app_0' || lpad(n::text, 25, '0') || repeat(md5(n::text), 10), 'UTF8')
             FROM generate_series(1, $4) AS n",
        )
        .bind(shard)
        .bind(tenants[0])
        .bind(tenants[1])
        .bind(of)
        .execute(&mut owner)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO mouth.outbox_head (shard, position, event_id)
             SELECT shard, position, event_id FROM mouth.outbox WHERE shard = $1 AND position = $2",
        )
        .bind(shard)
        .bind(of)
        .execute(&mut owner)
        .await
        .unwrap();
    }
    sqlx::query("ANALYZE mouth.outbox").execute(&mut owner).await.unwrap();
}

fn person(number: u32) -> String {
    format!("cand_{number:026}")
}

/// Forgets a person of the first tenant. How many events there were, and how many rows of the log were read for it.
async fn forget(stage: &Stage, number: u32) -> (i64, i64) {
    let mut tx = stage.begin(stage.tenants[0]).await;
    let before = read(&mut tx).await;
    let stores = erasure::forget(&mut tx, &[person(number)], "").await.unwrap();
    let read = read(&mut tx).await - before;
    tx.commit().await.unwrap();
    (stores.iter().find(|store| store.store == "event_log").unwrap().count, read)
}

/// Rows of the log that this session has read and not yet told the statistics of.
async fn read(tx: &mut TenantTx) -> i64 {
    sqlx::query_scalar(
        "SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables
         WHERE schemaname = 'mouth' AND relname = 'outbox'",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

async fn noted(stage: &Stage) {
    testkit::within(PATIENCE, "it is noted whom the log names", async || {
        let mut tx = stage.begin(stage.tenants[0]).await;
        let behind: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM outbox_head h LEFT JOIN outbox_noted n USING (shard)
             WHERE h.position > coalesce(n.position, 0)",
        )
        .fetch_one(tx.conn())
        .await
        .unwrap();
        behind == 0
    })
    .await;
}
