//! A database of its own for every test.
//!
//! Migrating takes longer than most tests, so it is done once per set of schemas: into a template, under an advisory
//! lock that all test processes share. A test's database is a clone of the template, which PostgreSQL makes in some tens
//! of milliseconds, and is dropped with the test. What a killed test leaves behind is swept by a later one.

use std::{
    collections::HashMap,
    str::FromStr as _,
    sync::{LazyLock, Mutex, PoisonError},
};

use chassis::{
    Clock, Db, Schema,
    vault::{Vault, derive},
};
use chrono::TimeDelta;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tracing::instrument::WithSubscriber as _;

use crate::{PATIENCE, WireCutter};

/// The variable that names the server.
const VARIABLE: &str = "USHER_TEST_DATABASE_URL";
/// Serializes the making of templates against their cloning, over all processes.
const TEMPLATE_LOCK: i64 = 0x5573_6865_7254;
/// Clones that are older belong to tests that were killed.
const STALE: TimeDelta = TimeDelta::hours(1);
const CONNECTIONS: u32 = 8;

/// One test's database and clock.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    clock: Clock,
    doors: Mutex<HashMap<&'static str, Db>>,
    checks: Mutex<Vec<Check>>,
}

/// Rows that must not be there when a test is over.
#[derive(Debug, Clone, Copy)]
struct Check {
    schema: &'static str,
    sql: &'static str,
    what: &'static str,
}

impl TestDatabase {
    /// A database with these schemas, migrated and empty.
    pub async fn new(schemas: &[Schema]) -> Self {
        let template = template(schemas).await;
        let clock = Clock::movable();
        let name = clone(&template, &clock).await;
        let url = with_database(&server(VARIABLE), &name);
        let with_outbox = schemas.iter().filter(|schema| schema.sets.iter().any(|(set, _)| *set == "outbox"));
        let checks = with_outbox
            .flat_map(|Schema { name: schema, .. }| {
                [
                    Check {
                        schema,
                        sql: "SELECT count(*) FROM outbox WHERE position IS NULL",
                        what: "events that nobody has numbered",
                    },
                    Check { schema, sql: "SELECT count(*) FROM dead_letter", what: "dead letters" },
                ]
            })
            .collect();
        Self { name, url, clock, doors: Mutex::default(), checks: Mutex::new(checks) }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The clock of every door.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The door to one schema; the same one each time, so that a commit by it wakes the sequencer that works by it.
    pub fn db(&self, schema: &'static str) -> Db {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.entry(schema).or_insert_with(|| self.door(&self.url, schema)).clone()
    }

    /// Another door to one schema, as another process would have it.
    pub fn another_db(&self, schema: &'static str) -> Db {
        self.door(&self.url, schema)
    }

    /// Another door, over a wire that can be cut; see [`WireCutter::before`].
    pub fn db_through(&self, wire: &WireCutter, schema: &'static str) -> Db {
        self.door(&wire.url(&self.url), schema)
    }

    fn door(&self, url: &str, schema: &'static str) -> Db {
        let options = PgConnectOptions::from_str(url).expect("an address of PostgreSQL").application_name("usher-test");
        let pool =
            PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect_lazy_with(options);
        Db::new(pool, schema, self.clock.clone(), Vault::new(&derive(b"test", "answers")))
    }

    /// Has [`TestDatabase::finish`] fail unless `SELECT count(*) …` gives 0 in that schema; `what` names the rows.
    pub fn expect_none(&self, schema: &'static str, sql: &'static str, what: &'static str) {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push(Check { schema, sql, what });
    }

    /// Ends the test; fails it when work is left undone.
    pub async fn finish(mut self) {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut connection = connect(&self.url).await;
        let mut left = Vec::new();
        for Check { schema, sql, what } in checks {
            run(&mut connection, format!("SET search_path = {schema}")).await;
            let count: i64 = sqlx::query_scalar(sql)
                .fetch_one(&mut connection)
                .await
                .unwrap_or_else(|error| panic!("{schema}: {sql}: {error}"));
            if count > 0 {
                left.push(format!("{schema}: {count} {what}"));
            }
        }
        let _ = connection.close().await;
        assert!(left.is_empty(), "work is left undone:\n  {}", left.join("\n  "));
        discard(&std::mem::take(&mut self.name)).await.expect("PostgreSQL drops the test's database");
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A test that failed can not wait here: its runtime would stand still, with it every connection that is being
        // made, and PostgreSQL drops no database before those are done. What this does not get to is swept later.
        let name = std::mem::take(&mut self.name);
        if name.is_empty() {
            return;
        }
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(discard(&name)).ok()
        });
    }
}

async fn discard(name: &str) -> sqlx::Result<()> {
    let mut server = PgConnection::connect(&server(VARIABLE)).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).execute(&mut server).await?;
    server.close().await
}

/// A server's address from the environment.
pub(crate) fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set. `script/test` starts the servers that tests need and sets it; run that.")
    })
}

/// The template for these schemas, made or brought up to date once per process.
async fn template(schemas: &[Schema]) -> String {
    static READY: LazyLock<tokio::sync::Mutex<Vec<String>>> = LazyLock::new(tokio::sync::Mutex::default);
    let name = template_name(schemas);
    let mut ready = READY.lock().await;
    if !ready.contains(&name) {
        let mut server = connect(&server(VARIABLE)).await;
        lock(&mut server, "pg_advisory_lock").await;
        if ready.is_empty() {
            sweep(&mut server).await;
        }
        prepare(&mut server, &name, schemas).await;
        // Ends the session and with it the lock.
        let _ = server.close().await;
        ready.push(name.clone());
    }
    name
}

/// Tells schemas apart by their names and by their migrations' checksums.
fn template_name(schemas: &[Schema]) -> String {
    // FNV-1a: the same in every process and version.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for schema in schemas {
        add(schema.name.as_bytes());
        schema.system_tables.iter().for_each(|table| add(table.as_bytes()));
        for (set, migrator) in &schema.sets {
            add(set.as_bytes());
            migrator.iter().for_each(|migration| add(&migration.checksum));
        }
    }
    format!("usher_template_{hash:016x}")
}

/// Applies what is missing; from scratch where a template was made of migrations that have been edited since.
async fn prepare(server: &mut PgConnection, name: &str, schemas: &[Schema]) {
    let url = with_database(&self::server(VARIABLE), name);
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&mut *server)
        .await
        .expect("PostgreSQL lists its databases");
    if exists && migrate(&url, schemas).await.is_ok() {
        return;
    }
    run(server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    run(server, format!("CREATE DATABASE {name}")).await;
    // What is wrong with a migration goes to the log, which tests have none of.
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_test_writer().finish();
    migrate(&url, schemas).with_subscriber(log).await.expect("the migrations apply; the cause is logged above");
}

async fn migrate(url: &str, schemas: &[Schema]) -> chassis::Result<()> {
    for schema in schemas {
        chassis::migrate(url, schema).await?;
    }
    Ok(())
}

/// A clone, whose name says when it was made.
async fn clone(template: &str, clock: &Clock) -> String {
    let name = format!("usher_test_{:x}_{:012x}", clock.now().timestamp(), rand::random::<u64>() >> 16);
    let mut server = connect(&server(VARIABLE)).await;
    lock(&mut server, "pg_advisory_lock_shared").await;
    run(&mut server, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let _ = server.close().await;
    name
}

async fn sweep(server: &mut PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname LIKE 'usher\\_test\\_%'")
            .fetch_all(&mut *server)
            .await
            .expect("PostgreSQL lists its databases");
    let before = (Clock::system().now() - STALE).timestamp();
    for name in names.iter().filter(|name| made_at(name).is_some_and(|made| made < before)) {
        run(server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
}

fn made_at(name: &str) -> Option<i64> {
    let (made, _) = name.strip_prefix("usher_test_")?.split_once('_')?;
    i64::from_str_radix(made, 16).ok()
}

async fn lock(server: &mut PgConnection, function: &str) {
    run(server, format!("SELECT {function}({TEMPLATE_LOCK})")).await;
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap_or_else(|error| panic!("{VARIABLE}: PostgreSQL does not answer: {error}"))
}

async fn run(connection: &mut PgConnection, sql: String) {
    let shown = sql.clone();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap_or_else(|error| panic!("{shown}: {error}"));
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let start = url.find("://").expect("an address has a scheme") + 3;
    let query = url.find('?').unwrap_or(url.len());
    let end = url[start..query].find('/').map_or(query, |slash| start + slash);
    format!("{}/{name}{}", &url[..end], &url[query..])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn schemas() -> [Schema; 1] {
        [Schema { name: "ground", sets: Vec::new(), system_tables: Vec::new() }]
    }

    async fn exists(name: &str) -> bool {
        let mut server = connect(&server(VARIABLE)).await;
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut server)
            .await
            .unwrap()
    }

    async fn remember(db: &Db) {
        let mut tx = db.begin_system().await.unwrap();
        sqlx::query("INSERT INTO idempotency VALUES ($1, 'me', 'm', $1, '', '', now())")
            .bind(uuid::Uuid::now_v7())
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn every_test_has_its_own_and_leaves_nothing() {
        let (one, other) = (TestDatabase::new(&schemas()).await, TestDatabase::new(&schemas()).await);
        remember(&one.db("ground")).await;
        for (database, rows) in [(&one, 1), (&other, 0)] {
            let mut tx = database.db("ground").begin_system().await.unwrap();
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency").fetch_one(tx.conn()).await.unwrap();
            assert_eq!(count, rows);
        }
        let name = one.name.clone();
        assert!(exists(&name).await);
        let finished = other.name.clone();
        other.finish().await;
        assert!(!exists(&finished).await);
        drop(one);
        crate::eventually("a test that failed has dropped its database as well", async || !exists(&name).await).await;
    }

    #[tokio::test]
    #[should_panic(expected = "ground: 1 answers kept")]
    async fn work_that_is_left_fails_the_test() {
        let database = TestDatabase::new(&schemas()).await;
        database.expect_none("ground", "SELECT count(*) FROM idempotency", "answers kept");
        remember(&database.db("ground")).await;
        database.finish().await;
    }

    #[tokio::test]
    async fn the_clock_of_a_test_moves() {
        let database = TestDatabase::new(&schemas()).await;
        let before = database.db("ground").begin_system().await.unwrap().now();
        database.clock().advance(Duration::from_hours(24)).unwrap();
        assert!(database.db("ground").begin_system().await.unwrap().now() - before >= TimeDelta::days(1));
    }

    #[tokio::test]
    async fn a_wire_to_it_can_be_cut() {
        let database = TestDatabase::new(&schemas()).await;
        let wire = WireCutter::before(database.url()).await;
        let db = database.db_through(&wire, "ground");
        assert!(db.begin_system().await.is_ok());
        wire.cut();
        let query = sqlx::query("SELECT 1").execute(db.pool());
        let outcome = tokio::time::timeout(Duration::from_secs(1), query).await;
        assert!(!matches!(outcome, Ok(Ok(_))));
        wire.mend();
        assert!(db.begin_system().await.is_ok());
    }

    #[test]
    fn a_database_replaces_the_one_in_the_address() {
        assert_eq!(with_database("postgres://me@h:1/a?x=y", "b"), "postgres://me@h:1/b?x=y");
        assert_eq!(with_database("postgres://h", "b"), "postgres://h/b");
    }

    #[test]
    fn a_name_tells_its_age() {
        assert_eq!(made_at("usher_test_10_ffff"), Some(16));
        assert_eq!(made_at("usher_test_zz_ffff"), None);
    }
}
