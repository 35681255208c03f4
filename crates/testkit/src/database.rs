//! A database per test, cloned from a template that is migrated once.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Mutex,
};

use chassis::{Clock, Db, Schema};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{server, site::door};

/// A database of one test. Dropped with it.
#[derive(Debug)]
pub struct TestDatabase {
    admin: String,
    name: String,
    url: String,
    clock: Clock,
    schemas: Vec<&'static str>,
    doors: Mutex<HashMap<&'static str, Db>>,
}

impl TestDatabase {
    /// With the given schemas, up to date and empty.
    pub async fn new(schemas: &[Schema]) -> Self {
        let admin = server("USHER_TEST_DATABASE_URL");
        let template = template(&admin, schemas).await;
        let name = format!("usher_test_{:032x}", rand::random::<u128>());
        let mut connection = connect(&admin).await;
        run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        let _ = connection.close().await;
        Self {
            url: with_database(&admin, &name),
            admin,
            name,
            clock: Clock::movable(),
            schemas: schemas.iter().map(|schema| schema.name).collect(),
            doors: Mutex::default(),
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The clock that goes with it.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A door to one of its schemas.
    pub fn db(&self, schema: &'static str) -> Db {
        let mut doors = self.doors.lock().expect("no test panics while it holds this");
        let open = || {
            let pool = chassis::db::pool(&self.url, 4).expect("the test's database has a good address");
            door(pool, schema, self.clock.clone())
        };
        doors.entry(schema).or_insert_with(open).clone()
    }

    /// A connection as the server's owner, who sees everything.
    pub async fn owner(&self) -> PgConnection {
        connect(&self.url).await
    }

    /// Fails when work was left undone: events that were never numbered or could not be applied.
    pub async fn finish(&self) {
        let mut connection = self.owner().await;
        for schema in &self.schemas {
            let waiting = count(&mut connection, format!("SELECT count(*) FROM {schema}.outbox WHERE position IS NULL")).await;
            assert_eq!(waiting, 0, "{schema} left events that were never numbered");
            let dead = count(&mut connection, format!("SELECT count(*) FROM {schema}.dead_letter")).await;
            assert_eq!(dead, 0, "{schema} left events that could not be applied");
        }
        let _ = connection.close().await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // From a thread of its own, since a test's runtime may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut connection = connect(&admin).await;
                run(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            });
        });
        let _ = dropping.join();
    }
}

/// The name of a database that has the schemas; made by whoever comes first, while the others wait.
async fn template(admin: &str, schemas: &[Schema]) -> String {
    let mut hasher = DefaultHasher::new();
    for schema in schemas {
        schema.name.hash(&mut hasher);
        schema.system_tables.hash(&mut hasher);
        for (name, set) in &schema.sets {
            name.hash(&mut hasher);
            set.iter().for_each(|migration| migration.checksum.hash(&mut hasher));
        }
    }
    // How tables are secured is part of what a template holds.
    include_str!("../../chassis/src/migrate.rs").hash(&mut hasher);
    let name = format!("usher_template_{:016x}", hasher.finish());
    let mut connection = connect(admin).await;
    sqlx::query("SELECT pg_advisory_lock(812026)").execute(&mut connection).await.expect("the server's lock");
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .expect("the server's catalogue");
    if !there {
        let unfinished = format!("{name}_new");
        run(&mut connection, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
        run(&mut connection, format!("CREATE DATABASE {unfinished}")).await;
        for schema in schemas {
            chassis::migrate(&with_database(admin, &unfinished), schema).await.expect("the migrations run");
        }
        // Renamed only when it is whole, so that a crash leaves nothing that looks like a template.
        run(&mut connection, format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    sqlx::query("SELECT pg_advisory_unlock(812026)").execute(&mut connection).await.expect("the server's lock");
    let _ = connection.close().await;
    name
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap_or_else(|error| panic!("PostgreSQL for tests does not answer: {error}"))
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.expect("a statement of the testkit");
}

async fn count(connection: &mut PgConnection, sql: String) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.expect("a count of the testkit")
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (rest, query) = url.split_once('?').map_or((url, None), |(rest, query)| (rest, Some(query)));
    let base = rest.rsplit_once('/').filter(|(base, _)| base.contains("://") && !base.ends_with('/')).map_or(rest, |(base, _)| base);
    match query {
        Some(query) => format!("{base}/{name}?{query}"),
        None => format!("{base}/{name}"),
    }
}
