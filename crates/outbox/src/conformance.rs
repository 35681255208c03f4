//! The suite that every producer and every consumer passes. For tests only.
//!
//! It works on real schemas: a producer's, a consumer's with its own handler, and [`MIGRATIONS`] for the one table in
//! which it counts effects. It says things of its own, [`Said`], which a service's handler lets pass; what is put to the
//! test is everything else: migrations, roles, row-level security, numbering, relaying, following, parking, replaying.
//!
//! ```text
//! for (name, scenario) in outbox::conformance::SCENARIOS {
//!     scenario(Rig { … }).await;   // each on a fresh database
//! }
//! ```
#![expect(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "a suite of tests")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chassis::{Db, Error, Result, TenantCtx, TenantId, TenantTx, service::RedisAccess};
use futures::future::LocalBoxFuture;
use redis::{AsyncCommands as _, aio::MultiplexedConnection, streams::StreamRangeReply};
use sqlx::migrate::Migrator;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

use crate::{Follower, Handler, LocalLog, Log as _, Producer, Progress, Settings, shard_of, stream};

/// The suite's table, for the consumer's schema.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./conformance");

/// How long anything may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// What a scenario works on. The databases are fresh and the Redis prefix is unused.
#[derive(Clone)]
pub struct Rig {
    /// The schema that says things.
    pub producer: Db,
    /// The schema that listens; may be the same. It has [`MIGRATIONS`].
    pub consumer: Db,
    /// Redis.
    pub redis: RedisAccess,
    /// The consumer's own handler.
    pub handler: Arc<dyn Handler>,
}

impl std::fmt::Debug for Rig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rig({:?} → {:?})", self.producer, self.consumer)
    }
}

/// A handler for schemas that have none: everything passes.
#[derive(Debug)]
pub struct Deaf;

#[async_trait]
impl Handler for Deaf {
    fn consumer(&self) -> &'static str {
        "deaf"
    }

    fn sources(&self) -> &'static [&'static str] {
        &[]
    }

    async fn apply(&self, _: &mut TenantTx, _: &Event) -> Result<()> {
        Ok(())
    }
}

/// What the suite says: the `number`th thing about its subject.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Said {
    /// Which one.
    #[prost(uint32, tag = "1")]
    pub number: u32,
}

impl prost::Name for Said {
    const NAME: &'static str = "Said";
    const PACKAGE: &'static str = "usher.conformance.v1";
}

/// One scenario.
pub type Scenario = fn(Rig) -> LocalBoxFuture<'static, ()>;

/// All of them, with their names.
pub const SCENARIOS: &[(&str, Scenario)] = &[
    ("overlapping commits out of order", |rig| Box::pin(overlapping_commits(rig))),
    ("duplicates in the stream", |rig| Box::pin(duplicates_in_the_stream(rig))),
    ("a crash before the commit", |rig| Box::pin(crash_before_commit(rig))),
    ("a crash after the commit", |rig| Box::pin(crash_after_commit(rig))),
    ("Redis forgets everything", |rig| Box::pin(redis_forgets(rig))),
    ("a trimmed stream", |rig| Box::pin(trimmed_stream(rig))),
    ("two followers race", |rig| Box::pin(racing_followers(rig))),
    ("two sequencers race", |rig| Box::pin(racing_sequencers(rig))),
    ("a producer restored from an old backup", |rig| Box::pin(restored_producer(rig))),
    ("a restored producer that goes on", |rig| Box::pin(restored_producer_goes_on(rig))),
    ("a poison event is parked and replayed", |rig| Box::pin(poison(rig))),
    ("a handler that fails for a while", |rig| Box::pin(passing_trouble(rig))),
];

/// A transaction that began and wrote first commits last: nothing is skipped, and numbers have no holes.
pub async fn overlapping_commits(rig: Rig) {
    let stage = Stage::new(rig);
    let (_producer, _follower) = (stage.produce(), stage.follow());
    let mut slow = stage.begin(stage.tenants[0]).await;
    stage.append(&mut slow, "slow", 1).await;
    stage.say("fast", &[1, 2]).await;
    stage.hears(&[("fast", 1), ("fast", 2)]).await;
    let mut given_up = stage.begin(stage.tenants[0]).await;
    stage.append(&mut given_up, "given up", 1).await;
    drop(given_up);
    stage.append(&mut slow, "slow", 2).await;
    slow.commit().await.expect("the slow one commits");
    stage.say("fast", &[3]).await;
    stage.hears(&[("fast", 1), ("fast", 2), ("slow", 1), ("slow", 2), ("fast", 3)]).await;
    stage.log_is_whole().await;
}

/// The stream holds events twice and late; each takes effect once.
pub async fn duplicates_in_the_stream(rig: Rig) {
    let stage = Stage::new(rig);
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1, 2, 3]).await;
    stage.hears(&[("a", 1), ("a", 2), ("a", 3)]).await;
    let mut redis = stage.redis().await;
    let key = stage.key(stage.tenants[0]);
    let entries: StreamRangeReply = redis.xrange_all(&key).await.expect("Redis answers");
    for (copy, entry) in entries.ids.iter().chain(&entries.ids).enumerate() {
        let field = entry.map.keys().next().expect("an entry has a field");
        let value: Vec<u8> = entry.get(field).expect("a field has a value");
        let mut add = redis::cmd("XADD");
        add.arg(&key).arg(format!("3-{}", copy + 1)).arg(field).arg(value);
        add.query_async::<()>(&mut redis).await.expect("Redis takes a copy");
    }
    stage.say("a", &[4]).await;
    stage.hears(&[("a", 1), ("a", 2), ("a", 3), ("a", 4)]).await;
}

/// The process dies while a handler works: nothing of it stays, and the next process does it once. A handler that
/// panics takes nobody with it.
pub async fn crash_before_commit(rig: Rig) {
    let stage = Stage::new(rig);
    let (_producer, follower) = (stage.produce(), stage.follow());
    stage.probe.trouble(2, Trouble::Hold);
    stage.say("a", &[1, 2, 3]).await;
    stage.eventually("the handler works on the second", async || stage.probe.met(2) > 0).await;
    follower.crash().await;
    stage.probe.mend();
    stage.probe.trouble(3, Trouble::Panic { times: 1 });
    let _follower = stage.follow();
    stage.hears(&[("a", 1), ("a", 2), ("a", 3)]).await;
    stage.nothing_is_parked().await;
}

/// The process dies when it has committed and not yet read on: nothing takes effect again.
pub async fn crash_after_commit(rig: Rig) {
    let stage = Stage::new(rig);
    let _producer = stage.produce();
    for number in 1..=5 {
        let follower = stage.follow();
        stage.say("a", &[number]).await;
        stage.eventually("its effect is there", async || stage.effects().await.len() == number as usize).await;
        follower.crash().await;
    }
    let _follower = stage.follow();
    stage.say("a", &[6]).await;
    stage.hears(&[1, 2, 3, 4, 5, 6].map(|number| ("a", number))).await;
}

/// Redis is flushed: in the middle of the stream, while nobody follows, and before anybody has read what it held.
pub async fn redis_forgets(rig: Rig) {
    let stage = Stage::new(rig);
    let (producer, follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1, 2]).await;
    stage.hears(&[("a", 1), ("a", 2)]).await;
    stage.flush().await;
    stage.say("a", &[3, 4]).await;
    stage.hears(&[1, 2, 3, 4].map(|number| ("a", number))).await;

    // The follower is busy with the fifth; the stream loses the sixth; the seventh shows the gap.
    stage.probe.trouble(5, Trouble::Hold);
    stage.say("a", &[5]).await;
    stage.eventually("the handler works on the fifth", async || stage.probe.met(5) > 0).await;
    stage.say("a", &[6]).await;
    stage.relayed(6).await;
    stage.flush().await;
    stage.say("a", &[7]).await;
    stage.relayed(7).await;
    stage.probe.mend();
    stage.hears(&[1, 2, 3, 4, 5, 6, 7].map(|number| ("a", number))).await;

    // The stream loses the last one: only silence tells.
    stage.probe.trouble(8, Trouble::Hold);
    stage.say("a", &[8]).await;
    stage.eventually("the handler works on the eighth", async || stage.probe.met(8) > 0).await;
    stage.say("a", &[9]).await;
    stage.relayed(9).await;
    stage.flush().await;
    stage.probe.mend();
    stage.hears(&[1, 2, 3, 4, 5, 6, 7, 8, 9].map(|number| ("a", number))).await;

    follower.crash().await;
    stage.say("a", &[10]).await;
    stage.relayed(10).await;
    producer.stop().await;
    stage.flush().await;
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.say("a", &[11]).await;
    stage.hears(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(|number| ("a", number))).await;
    stage.log_is_whole().await;
}

/// The stream was cut short behind a follower's back: the log has the rest.
pub async fn trimmed_stream(rig: Rig) {
    let stage = Stage::new(rig);
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.probe.trouble(1, Trouble::Hold);
    stage.say("a", &[1]).await;
    stage.eventually("the handler works on the first", async || stage.probe.met(1) > 0).await;
    let rest: Vec<u32> = (2..=40).collect();
    stage.say("a", &rest).await;
    stage.relayed(40).await;
    let mut trim = redis::cmd("XTRIM");
    trim.arg(stage.key(stage.tenants[0])).arg("MAXLEN").arg("=").arg(2);
    trim.query_async::<()>(&mut stage.redis().await).await.expect("Redis trims");
    stage.probe.mend();
    stage.hears(&(1..=40).map(|number| ("a", number)).collect::<Vec<_>>()).await;
}

/// Two processes follow with one cursor: each event takes effect once, in order.
pub async fn racing_followers(rig: Rig) {
    let stage = Stage::new(rig);
    let (_producer, _one, _other) = (stage.produce(), stage.follow(), stage.follow());
    let numbers: Vec<u32> = (1..=30).collect();
    for number in &numbers {
        for tenant in &stage.tenants {
            stage.say_for(*tenant, "a", &[*number]).await;
        }
    }
    for tenant in &stage.tenants {
        stage.hears_for(*tenant, &numbers.iter().map(|number| ("a", *number)).collect::<Vec<_>>()).await;
    }
}

/// Two processes would number: one does, and when it dies the other takes over.
pub async fn racing_sequencers(rig: Rig) {
    let stage = Stage::new(rig);
    let first = stage.produce();
    stage.say("a", &[1]).await;
    stage.relayed(1).await;
    let (_second, _third, _follower) = (stage.produce(), stage.produce(), stage.follow());
    for number in 2..=10 {
        stage.say("a", &[number]).await;
    }
    first.crash().await;
    for number in 11..=20 {
        stage.say("a", &[number]).await;
    }
    stage.hears(&(1..=20).map(|number| ("a", number)).collect::<Vec<_>>()).await;
    stage.log_is_whole().await;
}

/// The producer's database is restored from before what a consumer has applied. The log ends too early: the consumer
/// halts and says so.
pub async fn restored_producer(rig: Rig) {
    let stage = Stage::new(rig);
    let (producer, follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1, 2, 3, 4, 5]).await;
    stage.hears(&[1, 2, 3, 4, 5].map(|number| ("a", number))).await;
    producer.crash().await;
    stage.restore_producer(3).await;
    let _producer = stage.produce();
    stage.halts(&follower).await;
    // A restart changes nothing.
    follower.crash().await;
    let follower = stage.follow();
    stage.halts(&follower).await;
    stage.hears(&[1, 2, 3, 4, 5].map(|number| ("a", number))).await;
}

/// The restored producer says new things, past the place where it had been. The consumer applies none of them until an
/// operator says where to go on.
pub async fn restored_producer_goes_on(rig: Rig) {
    let stage = Stage::new(rig);
    let (producer, follower) = (stage.produce(), stage.follow());
    stage.say("a", &[1, 2, 3, 4, 5]).await;
    stage.hears(&[1, 2, 3, 4, 5].map(|number| ("a", number))).await;
    follower.crash().await;
    producer.crash().await;
    stage.restore_producer(3).await;
    let _producer = stage.produce();
    stage.say("a", &[104, 105, 106, 107]).await;
    stage.relayed(7).await;
    stage.stream_is_of_this_life().await;
    let follower = stage.follow();
    stage.halts(&follower).await;
    stage.hears(&[1, 2, 3, 4, 5].map(|number| ("a", number))).await;

    let shard = stage.shard(stage.tenants[0]);
    let log = LocalLog::new(vec![stage.rig.producer.clone()]);
    let page = log.read(stage.rig.producer.schema(), shard.into(), 2, 1).await.expect("the log answers");
    let (db, probe) = (&stage.rig.consumer, &stage.probe);
    crate::resume(db, probe.consumer(), stage.rig.producer.schema(), shard, page.events.first())
        .await
        .expect("an operator resumes");
    stage.hears(&[1, 2, 3, 4, 5, 104, 105, 106, 107].map(|number| ("a", number))).await;
    stage.eventually("it is well again", async || follower.progress().check().is_ok()).await;
    stage.log_is_whole().await;
}

/// An event that can not be applied is parked, and what follows about its subject with it. Everything else goes on. Once
/// the cause is mended, all of it is put back in order.
pub async fn poison(rig: Rig) {
    let stage = Stage::new(rig);
    let (_producer, follower) = (stage.produce(), stage.follow());
    stage.probe.trouble(12, Trouble::Refuse);
    stage.probe.trouble(31, Trouble::Panic { times: u32::MAX });
    stage.say("a", &[11]).await;
    stage.say("a", &[12]).await;
    stage.say("b", &[21]).await;
    stage.say("c", &[31]).await;
    stage.say("a", &[13]).await;
    stage.say("b", &[22]).await;
    stage.say_for(stage.tenants[1], "a", &[11, 13]).await;
    stage.hears(&[("a", 11), ("b", 21), ("b", 22)]).await;
    stage.hears_for(stage.tenants[1], &[("a", 11), ("a", 13)]).await;
    assert_eq!(stage.parked().await, [("a", 2), ("c", 1)].map(|(subject, count)| (subject.to_owned(), count)));
    assert!(follower.progress().check().is_ok(), "the rest goes on");
    assert!(stage.probe.met(12) >= 3, "it was tried");
    // What comes later about the subject waits behind it, in another process too.
    follower.crash().await;
    let _follower = stage.follow();
    stage.say("a", &[14]).await;
    stage.say("b", &[23]).await;
    stage.hears(&[("a", 11), ("b", 21), ("b", 22), ("b", 23)]).await;

    let (db, probe) = (&stage.rig.consumer, &stage.probe);
    let (applied, failed) = crate::replay(db, &**probe).await.expect("a replay runs");
    assert_eq!((applied, failed.len()), (0, 2), "the cause is still there");
    stage.probe.mend();
    let only_c = crate::Filter { subject: Some("c".to_owned()), ..crate::Filter::default() };
    let (applied, failed) = crate::replay_where(db, &**probe, &only_c).await.expect("a replay runs");
    assert_eq!((applied, failed.len()), (1, 0));
    let (applied, failed) = crate::replay(db, &**probe).await.expect("a replay runs");
    assert_eq!((applied, failed.len()), (3, 0));
    stage.say("a", &[15]).await;
    let all = [("a", 11), ("b", 21), ("b", 22), ("b", 23), ("c", 31), ("a", 12), ("a", 13), ("a", 14), ("a", 15)];
    stage.hears(&all).await;
    stage.nothing_is_parked().await;
}

/// A handler that fails for a reason that passes: its shard waits, nothing is parked, nothing is out of order. Other
/// shards do not wait.
pub async fn passing_trouble(rig: Rig) {
    let stage = Stage::new(rig);
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.probe.trouble(2, Trouble::Busy);
    stage.say("a", &[1, 2, 3]).await;
    stage.say_for(stage.tenants[2], "a", &[11, 12]).await;
    stage.hears_for(stage.tenants[2], &[("a", 11), ("a", 12)]).await;
    stage.eventually("it is tried again", async || stage.probe.met(2) > 3).await;
    assert!(stage.effects().await.len() <= 1);
    stage.probe.mend();
    stage.hears(&[("a", 1), ("a", 2), ("a", 3)]).await;
    stage.nothing_is_parked().await;
}

/// What a handler meets.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    /// It refuses for good.
    Refuse,
    /// It refuses for now.
    Busy,
    /// It panics, so many times.
    Panic {
        /// How often.
        times: u32,
    },
    /// It waits until the trouble is mended.
    Hold,
}

/// The handler under test with a witness: it counts effects and meets what trouble it is told to.
pub struct Probe {
    handler: Arc<dyn Handler>,
    sources: &'static [&'static str],
    troubles: Mutex<HashMap<u32, Trouble>>,
    met: Mutex<HashMap<u32, u32>>,
    mended: watch::Sender<()>,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Probe")
    }
}

impl Probe {
    /// Around a handler, listening to one source.
    pub fn new(handler: Arc<dyn Handler>, source: &'static str) -> Self {
        let sources: &'static [&'static str] = Box::leak(Box::new([source]));
        Self { handler, sources, troubles: Mutex::default(), met: Mutex::default(), mended: watch::Sender::new(()) }
    }

    /// Has it meet trouble at a number.
    pub fn trouble(&self, number: u32, trouble: Trouble) {
        locked(&self.troubles).insert(number, trouble);
    }

    /// Ends all trouble.
    pub fn mend(&self) {
        locked(&self.troubles).clear();
        self.mended.send_replace(());
    }

    /// How often it was given a number.
    pub fn met(&self, number: u32) -> u32 {
        locked(&self.met).get(&number).copied().unwrap_or_default()
    }

    async fn meet(&self, number: u32) -> Result<()> {
        let mut mended = self.mended.subscribe();
        let met = {
            let mut met = locked(&self.met);
            let count = met.entry(number).or_default();
            *count += 1;
            *count
        };
        let trouble = locked(&self.troubles).get(&number).copied();
        match trouble {
            Some(Trouble::Refuse) => Err(Error::failed_precondition("PROBE_REFUSES", "the probe refuses this")),
            Some(Trouble::Busy) => Err(Error::unavailable("PROBE_BUSY", "the probe is busy")),
            Some(Trouble::Panic { times }) if met <= times => panic!("the probe panics, as it was told to"),
            Some(Trouble::Hold) => {
                let _ = mended.changed().await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Handler for Probe {
    fn consumer(&self) -> &'static str {
        self.handler.consumer()
    }

    fn sources(&self) -> &'static [&'static str] {
        self.sources
    }

    fn batch(&self) -> usize {
        self.handler.batch()
    }

    fn is_bulk(&self, event: &Event) -> bool {
        self.handler.is_bulk(event)
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        let Some(said) = crate::read::<Said>(event)? else { return self.handler.apply(tx, event).await };
        self.handler.apply(tx, event).await?;
        let tenant = tx.tenant();
        // Before the trouble, so that a crash or a refusal has something to undo.
        sqlx::query("INSERT INTO conformance_effect (tenant_id, subject, number) VALUES ($1, $2, $3)")
            .bind(tenant)
            .bind(&event.subject)
            .bind(i32::try_from(said.number).unwrap_or_default())
            .execute(tx.conn())
            .await?;
        self.meet(said.number).await
    }
}

/// A producer or follower at work. It dies with this.
#[derive(Debug)]
pub struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
    progress: Option<Progress>,
}

impl Running {
    /// Ends as a killed process does.
    pub async fn crash(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// Ends as a process that is told to.
    pub async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.expect("it ends well");
    }

    /// How far a follower is.
    pub fn progress(&self) -> &Progress {
        self.progress.as_ref().expect("a follower has a progress")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A rig with people to say things for: two tenants of one shard, and a third of another.
#[derive(Debug, Clone)]
pub struct Stage {
    /// What it works on.
    pub rig: Rig,
    /// The handler.
    pub probe: Arc<Probe>,
    /// Quick ones.
    pub settings: Settings,
    /// Two of one shard, then one of another.
    pub tenants: [TenantId; 3],
}

impl Stage {
    /// Nothing runs yet.
    pub fn new(rig: Rig) -> Self {
        let settings = Settings { shards: 2, stream_max_len: 1_000, poll_ms: 20 };
        let of_shard = |shard| {
            std::iter::repeat_with(TenantId::new)
                .find(|tenant| shard_of(*tenant, settings.shards) == shard)
                .expect("an endless row of tenants has one of each shard")
        };
        let tenants = [of_shard(0), of_shard(0), of_shard(1)];
        let probe = Arc::new(Probe::new(rig.handler.clone(), rig.producer.schema()));
        Self { rig, probe, settings, tenants }
    }

    /// Starts a sequencer and relay.
    pub fn produce(&self) -> Running {
        let producer = Producer::new(self.rig.producer.clone(), self.rig.redis.clone(), self.settings.clone());
        let stop = CancellationToken::new();
        Running { task: tokio::spawn(producer.run(stop.clone())), stop, progress: None }
    }

    /// Starts a follower.
    pub fn follow(&self) -> Running {
        let log = LocalLog::new(vec![self.rig.producer.clone()]);
        let (db, redis) = (self.rig.consumer.clone(), self.rig.redis.clone());
        let follower = Follower::new(db, redis, log, self.probe.clone(), self.settings.clone());
        let progress = Some(follower.progress());
        let stop = CancellationToken::new();
        Running { task: tokio::spawn(follower.run(stop.clone())), stop, progress }
    }

    /// A transaction of the producer's.
    pub async fn begin(&self, tenant: TenantId) -> TenantTx {
        self.rig.producer.begin(&TenantCtx::service(tenant, "conformance")).await.expect("the database answers")
    }

    /// Says a thing in a transaction.
    pub async fn append(&self, tx: &mut TenantTx, subject: &str, number: u32) -> Uuid {
        crate::append(tx, subject, &Said { number }).await.expect("an event is appended")
    }

    /// Says things for the first tenant, in one transaction.
    pub async fn say(&self, subject: &str, numbers: &[u32]) {
        self.say_for(self.tenants[0], subject, numbers).await;
    }

    /// Says things in one transaction.
    pub async fn say_for(&self, tenant: TenantId, subject: &str, numbers: &[u32]) {
        let mut tx = self.begin(tenant).await;
        let said: Vec<Said> = numbers.iter().map(|number| Said { number: *number }).collect();
        let events: Vec<_> = said.iter().map(|said| (subject, said)).collect();
        crate::append_all(&mut tx, &events).await.expect("events are appended");
        tx.commit().await.expect("events are committed");
    }

    /// What took effect for the first tenant, in order.
    pub async fn effects(&self) -> Vec<(String, u32)> {
        self.effects_for(self.tenants[0]).await
    }

    /// What took effect for a tenant, in order.
    pub async fn effects_for(&self, tenant: TenantId) -> Vec<(String, u32)> {
        let ctx = TenantCtx::service(tenant, "conformance");
        let mut tx = self.rig.consumer.begin(&ctx).await.expect("the database answers");
        let rows: Vec<(String, i32)> = sqlx::query_as("SELECT subject, number FROM conformance_effect ORDER BY seq")
            .fetch_all(tx.conn())
            .await
            .expect("effects are readable");
        rows.into_iter().map(|(subject, number)| (subject, number.unsigned_abs())).collect()
    }

    /// Waits until exactly this took effect for the first tenant, in this order.
    pub async fn hears(&self, expected: &[(&str, u32)]) {
        self.hears_for(self.tenants[0], expected).await;
    }

    /// Waits until exactly this took effect for a tenant, in this order, and every cursor stands at the end.
    pub async fn hears_for(&self, tenant: TenantId, expected: &[(&str, u32)]) {
        let expected: Vec<(String, u32)> =
            expected.iter().map(|(subject, number)| ((*subject).to_owned(), *number)).collect();
        let begun = Instant::now();
        loop {
            let effects = self.effects_for(tenant).await;
            if effects == expected && self.waiting().await == 0 {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "expected {expected:?}, had {effects:?}");
            assert!(effects.len() <= expected.len(), "more took effect than was said: {effects:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Events that are committed and not numbered.
    pub async fn waiting(&self) -> i64 {
        let mut tx = self.rig.producer.begin_system().await.expect("the database answers");
        sqlx::query_scalar("SELECT count(*) FROM outbox WHERE position IS NULL")
            .fetch_one(tx.conn())
            .await
            .expect("the outbox is readable")
    }

    /// Waits until the first tenant's stream ends at a position.
    pub async fn relayed(&self, position: i64) {
        let mut redis = self.redis().await;
        let key = self.key(self.tenants[0]);
        self.eventually("the relay carries everything", async || {
            let last = stream::last(&mut redis.clone(), &key).await.expect("Redis answers");
            last.is_some_and(|last| last.position == position)
        })
        .await;
        let _: () = redis::cmd("PING").query_async(&mut redis).await.expect("Redis answers");
    }

    /// Waits until a follower has halted and says so, to readiness and in the cursor.
    pub async fn halts(&self, follower: &Running) {
        self.eventually("the consumer halts", async || {
            follower.progress().check().is_err_and(|trouble| trouble.contains("halted"))
        })
        .await;
        let mut tx = self.rig.consumer.begin_system().await.expect("the database answers");
        let halted: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox_cursor WHERE halted IS NOT NULL")
            .fetch_one(tx.conn())
            .await
            .expect("cursors are readable");
        assert_eq!(halted, 1, "one shard halts, the other goes on");
    }

    /// Takes the producer back to where the first tenant's shard ended at a position, as a restored backup does.
    pub async fn restore_producer(&self, position: i64) {
        let shard = i32::from(self.shard(self.tenants[0]));
        let mut tx = self.rig.producer.begin_system().await.expect("the database answers");
        sqlx::query("DELETE FROM outbox WHERE shard = $1 AND position > $2")
            .bind(shard)
            .bind(position)
            .execute(tx.conn())
            .await
            .expect("rows are deleted");
        sqlx::query(
            "UPDATE outbox_head h SET position = o.position, event_id = o.event_id
             FROM outbox o WHERE h.shard = $1 AND o.shard = $1 AND o.position = $2",
        )
        .bind(shard)
        .bind(position)
        .execute(tx.conn())
        .await
        .expect("the head is rewound");
        sqlx::query("UPDATE outbox_noted SET position = least(position, $2) WHERE shard = $1")
            .bind(shard)
            .bind(position)
            .execute(tx.conn())
            .await
            .expect("what is noted is rewound");
        tx.commit().await.expect("the backup is restored");
    }

    /// How many events are parked, by subject.
    pub async fn parked(&self) -> Vec<(String, usize)> {
        let mut count = std::collections::BTreeMap::<String, usize>::new();
        for parked in crate::parked(&self.rig.consumer).await.expect("dead letters are readable") {
            *count.entry(parked.subject).or_default() += 1;
        }
        count.into_iter().collect()
    }

    /// Nothing is parked, and no cursor believes so.
    pub async fn nothing_is_parked(&self) {
        assert_eq!(self.parked().await, []);
        let mut tx = self.rig.consumer.begin_system().await.expect("the database answers");
        let counted: i64 = sqlx::query_scalar("SELECT coalesce(sum(parked), 0)::bigint FROM outbox_cursor")
            .fetch_one(tx.conn())
            .await
            .expect("cursors are readable");
        assert_eq!(counted, 0);
    }

    /// The log has no hole, and each event names the one before it.
    pub async fn log_is_whole(&self) {
        let log = LocalLog::new(vec![self.rig.producer.clone()]);
        for shard in 0..self.settings.shards {
            let (mut position, mut id) = (0, String::new());
            loop {
                let page = log.read(self.rig.producer.schema(), shard.into(), position, 7).await.expect("a page");
                if page.events.is_empty() {
                    assert_eq!(page.head_position, position, "the head is the last event");
                    break;
                }
                for event in page.events {
                    assert_eq!((event.position, &event.predecessor_id), (position + 1, &id));
                    (position, id) = (event.position, event.id);
                }
            }
        }
    }

    /// The first tenant's stream holds nothing that its log does not.
    pub async fn stream_is_of_this_life(&self) {
        let (source, shard) = (self.rig.producer.schema(), self.shard(self.tenants[0]));
        let entries: StreamRangeReply =
            self.redis().await.xrange_all(self.key(self.tenants[0])).await.expect("Redis answers");
        let log = LocalLog::new(vec![self.rig.producer.clone()]);
        let page = log.read(source, shard.into(), 0, 1_000).await.expect("the log answers");
        for event in entries.ids.iter().filter_map(stream::decode) {
            assert!(page.events.contains(&event), "the stream holds position {} of another life", event.position);
        }
    }

    /// Forgets all streams, as FLUSHALL would.
    pub async fn flush(&self) {
        let mut redis = self.redis().await;
        for shard in 0..self.settings.shards {
            let key = stream::key(&self.rig.redis, self.rig.producer.schema(), shard);
            redis.del::<_, ()>(key).await.expect("Redis deletes");
        }
    }

    /// Waits for a condition.
    pub async fn eventually(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The shard of a tenant.
    pub fn shard(&self, tenant: TenantId) -> u16 {
        shard_of(tenant, self.settings.shards)
    }

    fn key(&self, tenant: TenantId) -> String {
        stream::key(&self.rig.redis, self.rig.producer.schema(), self.shard(tenant))
    }

    async fn redis(&self) -> MultiplexedConnection {
        self.rig.redis.client.get_multiplexed_async_connection().await.expect("Redis answers")
    }
}
