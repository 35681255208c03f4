//! Whatever happens in whatever order: every committed event takes effect exactly once, and those of a subject in order.

use std::collections::{BTreeMap, HashMap};

use chassis::TenantTx;
use outbox::conformance::{Rig, Running, Stage, Trouble};
use proptest::{prelude::*, test_runner::TestRunner};
use testkit::WireCutter;

use crate::Ground;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A writer says something about a tenant's subject. Writers of one subject take turns, as its row's lock has them.
    Append {
        writer: usize,
        tenant: usize,
        subject: usize,
    },
    Commit {
        writer: usize,
    },
    RollBack {
        writer: usize,
    },
    StartProducer,
    CrashProducer,
    StartFollower,
    CrashFollower,
    Flush,
    CutRedis,
    CutProducer,
    CutConsumer,
    Mend,
    /// The next event will be refused, or will panic once.
    Poison,
    Panic,
}

fn step() -> impl Strategy<Value = Step> {
    let writer = 0..3_usize;
    prop_oneof![
        12 => (writer.clone(), 0..3_usize, 0..3_usize)
            .prop_map(|(writer, tenant, subject)| Step::Append { writer, tenant, subject }),
        8 => writer.clone().prop_map(|writer| Step::Commit { writer }),
        2 => writer.prop_map(|writer| Step::RollBack { writer }),
        2 => Just(Step::StartProducer),
        1 => Just(Step::CrashProducer),
        2 => Just(Step::StartFollower),
        1 => Just(Step::CrashFollower),
        1 => Just(Step::Flush),
        1 => Just(Step::CutRedis),
        1 => Just(Step::CutProducer),
        1 => Just(Step::CutConsumer),
        3 => Just(Step::Mend),
        1 => Just(Step::Poison),
        1 => Just(Step::Panic),
    ]
}

type Subject = (usize, usize);

/// A transaction under way: its tenant, and what it has said.
struct Writer {
    tx: TenantTx,
    tenant: usize,
    said: Vec<(Subject, u32)>,
}

struct World {
    ground: Ground,
    calm: Stage,
    shaky: Stage,
    wires: [WireCutter; 3],
    writers: HashMap<usize, Writer>,
    producers: Vec<Running>,
    followers: Vec<Running>,
    committed: BTreeMap<Subject, Vec<u32>>,
    number: u32,
}

impl World {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let (redis_url, database_url) = (ground.redis.url(), ground.database.url());
        let wires = [
            WireCutter::before(redis_url).await,
            WireCutter::before(database_url).await,
            WireCutter::before(database_url).await,
        ];
        let calm = ground.stage();
        let rig = Rig {
            producer: ground.database.db_through(&wires[1], "mouth"),
            consumer: ground.database.db_through(&wires[2], "ear"),
            redis: ground.redis.access_at(&wires[0].url(redis_url)),
            handler: calm.rig.handler.clone(),
        };
        let shaky = Stage { rig, ..calm.clone() };
        Self {
            ground,
            calm,
            shaky,
            wires,
            writers: HashMap::new(),
            producers: Vec::new(),
            followers: Vec::new(),
            committed: BTreeMap::new(),
            number: 0,
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Append { writer, tenant, subject } => self.append(writer, tenant, subject).await,
            Step::Commit { writer } => {
                if let Some(Writer { tx, said, .. }) = self.writers.remove(&writer) {
                    tx.commit().await.unwrap();
                    for (subject, number) in said {
                        self.committed.entry(subject).or_default().push(number);
                    }
                }
            }
            Step::RollBack { writer } => drop(self.writers.remove(&writer)),
            Step::StartProducer => self.producers.push(self.shaky.produce()),
            Step::CrashProducer => {
                if let Some(producer) = self.producers.pop() {
                    producer.crash().await;
                }
            }
            Step::StartFollower => self.followers.push(self.shaky.follow()),
            Step::CrashFollower => {
                if let Some(follower) = self.followers.pop() {
                    follower.crash().await;
                }
            }
            Step::Flush => self.calm.flush().await,
            Step::CutRedis => self.wires[0].cut(),
            Step::CutProducer => self.wires[1].cut(),
            Step::CutConsumer => self.wires[2].cut(),
            Step::Mend => self.wires.iter().for_each(WireCutter::mend),
            Step::Poison => self.calm.probe.trouble(self.number + 1, Trouble::Refuse),
            Step::Panic => self.calm.probe.trouble(self.number + 1, Trouble::Panic { times: 1 }),
        }
    }

    async fn append(&mut self, writer: usize, tenant: usize, subject: usize) {
        let place = (tenant, subject);
        let others = self.writers.iter().filter(|(other, _)| **other != writer);
        let locked = others.flat_map(|(_, writer)| &writer.said).any(|(said, _)| *said == place);
        if locked || self.writers.get(&writer).is_some_and(|writer| writer.tenant != tenant) {
            return;
        }
        if !self.writers.contains_key(&writer) {
            let tx = self.calm.begin(self.calm.tenants[tenant]).await;
            self.writers.insert(writer, Writer { tx, tenant, said: Vec::new() });
        }
        self.number += 1;
        let writer = self.writers.get_mut(&writer).unwrap();
        self.calm.append(&mut writer.tx, &subject.to_string(), self.number).await;
        writer.said.push((place, self.number));
    }

    /// Everything is mended and given its time; then the books are compared.
    async fn settle(mut self) {
        self.writers.clear();
        self.wires.iter().for_each(WireCutter::mend);
        self.producers.push(self.calm.produce());
        self.followers.push(self.calm.follow());
        let log = outbox::LocalLog::new(vec![self.calm.rig.producer.clone()]);
        for shard in 0..self.calm.settings.shards {
            self.calm
                .eventually("everything is applied or parked", async || {
                    let numbered = self.calm.waiting().await == 0;
                    let page = outbox::Log::read(&log, "mouth", shard.into(), 0, 1).await.unwrap();
                    let lanes = self.followers.last().unwrap().progress().lanes();
                    let lane = lanes.iter().find(|lane| lane.shard == shard);
                    numbered && lane.is_some_and(|lane| lane.position == page.head_position)
                })
                .await;
        }
        self.calm.log_is_whole().await;
        self.calm.probe.mend();
        let (_, failed) = outbox::replay(&self.calm.rig.consumer, &*self.calm.probe).await.unwrap();
        assert!(failed.is_empty(), "{failed:?}");
        self.calm.nothing_is_parked().await;
        let mut applied: BTreeMap<Subject, Vec<u32>> = BTreeMap::new();
        for (index, tenant) in self.calm.tenants.iter().enumerate() {
            for (subject, number) in self.calm.effects_for(*tenant).await {
                applied.entry((index, subject.parse().unwrap())).or_default().push(number);
            }
        }
        assert_eq!(applied, self.committed);
        for running in self.producers.into_iter().chain(self.followers) {
            running.stop().await;
        }
        self.ground.database.finish().await;
    }
}

#[test]
fn every_committed_event_takes_effect_once_and_in_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config =
        ProptestConfig { cases: 12, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    runner
        .run(&prop::collection::vec(step(), 20..80), |steps| {
            runtime.block_on(async {
                let mut world = World::new().await;
                for step in steps {
                    world.take(step).await;
                }
                world.settle().await;
            });
            Ok(())
        })
        .unwrap();
}
