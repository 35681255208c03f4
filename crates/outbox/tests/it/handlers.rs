//! Handlers that misbehave.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chassis::{Error, Result, TenantTx};
use outbox::{
    Event, Follower, Handler,
    conformance::{Said, Stage},
};
use tokio_util::sync::CancellationToken;

use crate::Ground;

/// Fails at 2 in the database and says that all is well.
struct Liar;

#[async_trait]
impl Handler for Liar {
    fn consumer(&self) -> &'static str {
        "liar"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["mouth"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        let Some(said) = outbox::read::<Said>(event)? else { return Ok(()) };
        let tenant = tx.tenant();
        let insert = "INSERT INTO conformance_effect (tenant_id, subject, number) VALUES ($1, $2, $3)";
        // A number that is no number breaks the transaction; the answer is thrown away.
        let number = if said.number == 2 { None } else { i32::try_from(said.number).ok() };
        let _ = sqlx::query(insert).bind(tenant).bind(&event.subject).bind(number).execute(tx.conn()).await;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_that_a_handler_hides_is_found() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let _producer = stage.produce();
    stage.say("a", &[1]).await;
    stage.say("b", &[2]).await;
    stage.say("c", &[3]).await;
    stage.relayed(3).await;
    let log = outbox::LocalLog::new(vec![ground.database.db("mouth")]);
    let (db, redis) = (ground.database.db("ear"), ground.redis.access());
    let follower = Follower::new(db, redis, log, Liar, stage.settings.clone());
    let stop = CancellationToken::new();
    let following = tokio::spawn(follower.run(stop.clone()));
    stage.hears(&[("a", 1), ("c", 3)]).await;
    assert_eq!(stage.parked().await, [("b".to_owned(), 1)]);
    stop.cancel();
    following.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_can_not_resume_what_nobody_follows() {
    let ground = Ground::new().await;
    let error = outbox::resume(&ground.database.db("ear"), "nobody", "mouth", 0, None).await.unwrap_err();
    assert_eq!(error.reason(), "CURSOR_UNKNOWN");
    ground.database.finish().await;
}

/// Takes numbers many at a time, but for 10; 4 is refused. Notes what it took together.
#[derive(Default)]
struct Gatherer(Mutex<Vec<Vec<u32>>>);

impl Gatherer {
    fn number(event: &Event) -> u32 {
        outbox::read::<Said>(event).unwrap().unwrap().number
    }
}

#[async_trait]
impl Handler for Gatherer {
    fn consumer(&self) -> &'static str {
        "gatherer"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["mouth"]
    }

    fn is_bulk(&self, event: &Event) -> bool {
        Self::number(event) != 10
    }

    async fn apply_bulk(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        let tenant = tx.tenant();
        for event in events {
            sqlx::query("INSERT INTO conformance_effect (tenant_id, subject, number) VALUES ($1, $2, $3)")
                .bind(tenant)
                .bind(&event.subject)
                .bind(i32::try_from(Self::number(event)).unwrap())
                .execute(tx.conn())
                .await?;
        }
        let numbers: Vec<u32> = events.iter().map(Self::number).collect();
        let is_refused = numbers.contains(&4);
        self.0.lock().unwrap().push(numbers);
        if is_refused { Err(Error::failed_precondition("GATHERER_REFUSES", "4 is refused")) } else { Ok(()) }
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        self.apply_bulk(tx, std::slice::from_ref(event)).await
    }
}

/// What the first two tenants (0, 1) say.
async fn say(stage: &Stage, said: &[(usize, &str, &[u32])], position: i64) {
    for (tenant, subject, numbers) in said {
        stage.say_for(stage.tenants[*tenant], subject, numbers).await;
    }
    stage.relayed(position).await;
}

/// A gatherer that listens.
struct Gathering {
    gatherer: Arc<Gatherer>,
    stop: CancellationToken,
    following: tokio::task::JoinHandle<()>,
}

impl Gathering {
    fn begin(ground: &Ground, stage: &Stage) -> Self {
        let (gatherer, stop) = (Arc::new(Gatherer::default()), CancellationToken::new());
        let log = outbox::LocalLog::new(vec![ground.database.db("mouth")]);
        let (db, redis) = (ground.database.db("ear"), ground.redis.access());
        let follower = Follower::new(db, redis, log, gatherer.clone(), stage.settings.clone());
        Self { gatherer, following: tokio::spawn(follower.run(stop.clone())), stop }
    }

    /// What it took together.
    async fn end(self) -> Vec<Vec<u32>> {
        self.stop.cancel();
        self.following.await.unwrap();
        let taken = self.gatherer.0.lock().unwrap();
        taken.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bulk_events_that_follow_one_another_are_applied_together() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let _producer = stage.produce();
    say(&stage, &[(0, "a", &[1, 2]), (0, "b", &[3]), (0, "a", &[10]), (0, "c", &[11, 12])], 6).await;
    let gathering = Gathering::begin(&ground, &stage);
    stage.hears(&[("a", 1), ("a", 2), ("b", 3), ("a", 10), ("c", 11), ("c", 12)]).await;
    assert_eq!(gathering.end().await, [vec![1, 2, 3], vec![10], vec![11, 12]]);
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_one_among_bulk_events_is_parked_and_the_others_are_not() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let _producer = stage.produce();
    say(&stage, &[(0, "a", &[1]), (0, "b", &[4, 5]), (0, "c", &[6])], 4).await;
    let gathering = Gathering::begin(&ground, &stage);
    stage.hears(&[("a", 1), ("c", 6)]).await;
    assert_eq!(gathering.end().await[..2], [vec![1, 4, 5, 6], vec![1]], "together first, then one by one");
    assert_eq!(stage.parked().await, [("b".to_owned(), 2)], "the bad one, and what follows of its subject");

    say(&stage, &[(0, "b", &[7]), (0, "c", &[8])], 6).await;
    let gathering = Gathering::begin(&ground, &stage);
    stage.hears(&[("a", 1), ("c", 6), ("c", 8)]).await;
    assert_eq!(gathering.end().await, [vec![8]]);
    assert_eq!(stage.parked().await, [("b".to_owned(), 3)], "it alone stands behind the bad one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_two_tenants_is_applied_tenant_by_tenant_each_in_order() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let _producer = stage.produce();
    say(&stage, &[(0, "a", &[1]), (1, "a", &[2, 3]), (0, "b", &[5])], 4).await;
    let gathering = Gathering::begin(&ground, &stage);
    stage.hears(&[("a", 1), ("b", 5)]).await;
    stage.hears_for(stage.tenants[1], &[("a", 2), ("a", 3)]).await;
    let mut applied = gathering.end().await;
    applied.sort();
    assert_eq!(applied, [vec![1, 5], vec![2, 3]]);
    ground.database.finish().await;
}
