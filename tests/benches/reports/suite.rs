//! Usher as it ships: one process of the program with the services whose logs are followed, one with analytics alone.

use std::{fs, path::Path, sync::Arc};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use usher_tests::{
    pods::{self, Ground, Pod},
    processor,
};

/// A database of its own, made anew each time.
const DATABASE: &str = "usher_reports";

pub struct Suite {
    pub ground: Arc<Ground>,
    /// Has the logs.
    logs: Pod,
    pub analytics: Pod,
    /// The owner's way into the database.
    pub owner: PgConnection,
    pub url: String,
    postmaster: u32,
    has_begun: bool,
}

/// Seconds of processor time.
#[derive(Debug, Clone, Copy)]
pub struct Processor {
    pub analytics: f64,
    pub logs: f64,
    pub postgres: f64,
}

impl Suite {
    /// In a fresh database; nothing is started yet.
    pub async fn new(folder: &Path) -> Self {
        let url = fresh_database().await;
        let redis = std::env::var("USHER_TEST_REDIS_URL").expect("script/bench starts a Redis");
        let mails = folder.join("mails").display().to_string();
        // Nobody is written to, but outreach wants a way out.
        // Streams of an earlier run would be of another life of these logs.
        let prefix = format!("usher-reports-{}:", uuid::Uuid::now_v7());
        let settings = [("USHER_REDIS_PREFIX", prefix.as_str()), ("USHER_OUTREACH_MAIL_FOLDER", mails.as_str())];
        let ground = Arc::new(Ground::new(folder, &url, &redis, &settings));
        let services = ["ats", "outreach", "talent"];
        let logs = ground.pod("logs", &pods::address(), &services, &[]);
        let peers = services.map(|service| (service, logs.grpc.as_str()));
        let analytics = ground.pod("analytics", &pods::address(), &["analytics"], &peers);
        let mut owner = PgConnection::connect(&url).await.unwrap();
        let durable: String =
            sqlx::query_scalar("SELECT current_setting('fsync')").fetch_one(&mut owner).await.unwrap();
        assert_eq!(durable, "on", "a commit that does not reach the disk measures nothing");
        let session: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut owner).await.unwrap();
        let postmaster = processor::parent(u32::try_from(session).unwrap());
        Self { ground, logs, analytics, owner, url, postmaster, has_begun: false }
    }

    /// The logs can be read from now on.
    pub async fn serve_logs(&mut self) {
        self.logs.begin(&self.ground);
        self.logs.ready().await;
    }

    /// Analytics begins.
    pub fn begin(&mut self) {
        self.has_begun = true;
        self.analytics.begin(&self.ground);
    }

    /// What they have used so far.
    pub fn processor(&self) -> Processor {
        Processor {
            analytics: if self.has_begun { processor::used(self.analytics.process()) } else { 0.0 },
            logs: processor::used(self.logs.process()),
            postgres: processor::used_by_all(self.postmaster),
        }
    }

    /// The most memory that analytics has had since it began or since the last [`Suite::forget_peak`], in MB.
    pub fn peak(&self) -> f64 {
        processor::resident(self.analytics.process(), "VmHWM")
    }

    /// From now on a new peak counts.
    pub fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.analytics.process()), "5").unwrap();
    }

    /// How many events the figures of a consumer have taken in; fails where something could not be.
    pub async fn taken_in(&mut self, consumer: &str) -> i64 {
        let (position, parked, halted): (i64, i64, Option<String>) = sqlx::query_as(
            "SELECT coalesce(sum(position), 0)::int8, coalesce(sum(parked), 0)::int8, max(halted)
             FROM analytics.outbox_cursor WHERE consumer = $1",
        )
        .bind(consumer)
        .fetch_one(&mut self.owner)
        .await
        .unwrap();
        assert_eq!((parked, halted), (0, None), "an event was not taken in:\n{}", self.analytics.said());
        position
    }

    /// Which figures serve.
    pub async fn serving(&mut self) -> i16 {
        sqlx::query_scalar("SELECT generation FROM analytics.generations WHERE state = 2")
            .fetch_one(&mut self.owner)
            .await
            .unwrap()
    }
}

async fn fresh_database() -> String {
    let server = std::env::var("USHER_TEST_DATABASE_URL").expect("script/bench starts a PostgreSQL");
    let mut owner = PgConnection::connect(&server).await.unwrap();
    for statement in [format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"), format!("CREATE DATABASE {DATABASE}")]
    {
        owner.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    let (before, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{before}/{DATABASE}")
}
