//! Plain SQL over the same facts: on the PostgreSQL that has them, and in DuckDB, which has them as Parquet.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use chassis::TenantId;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

use crate::{
    ask::Answer,
    progress,
    questions::{Dialect, Question},
};

/// What helps, made when the service's own figures have been taken.
const INDEX: &str = "CREATE INDEX ON analytics.facts (tenant_id, generation, kind, time)
    INCLUDE (root, subject, about, code, position)";
const TUNING: &str =
    "SET search_path = peer, analytics; SET work_mem = '256MB'; SET jit = off; SET random_page_cost = 1.1;
    SET effective_cache_size = '8GB'; SET max_parallel_workers_per_gather = 2";

/// PostgreSQL, as somebody who may see everything and whom no policy slows down.
pub struct Postgres {
    connection: PgConnection,
    dialect: Dialect,
}

impl Postgres {
    /// Over the facts of a generation.
    pub async fn new(url: &str, tenant: TenantId, generation: i16, [from, until]: [DateTime<Utc>; 2]) -> Self {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let view = format!(
            "CREATE SCHEMA peer; CREATE VIEW peer.mine AS SELECT * FROM analytics.facts
             WHERE tenant_id = '{}' AND generation = {generation}",
            tenant.0
        );
        connection.execute("SET maintenance_work_mem = '1GB'").await.unwrap();
        connection.execute(INDEX).await.unwrap();
        connection.execute("VACUUM ANALYZE analytics.facts").await.unwrap();
        connection.execute("ANALYZE analytics.facts").await.unwrap();
        connection.execute(AssertSqlSafe(view)).await.unwrap();
        connection.execute(TUNING).await.unwrap();
        let dialect = Dialect {
            came: "SELECT DISTINCT ON (subject) subject, root, code, other_time AS start FROM mine WHERE kind = 14
                   ORDER BY subject, position DESC",
            tagged: "SELECT root, code, time, unnest(words) AS tag FROM mine WHERE kind = 50",
            from: format!("'{}'", from.to_rfc3339()),
            until: format!("'{}'", until.to_rfc3339()),
        };
        Self { connection, dialect }
    }

    /// One report.
    pub async fn ask(&mut self, question: &Question) -> (Duration, Answer) {
        let statement = question.statement(&self.dialect);
        // Planned with what it asks for, all of it literal.
        let begun = Instant::now();
        let rows = sqlx::raw_sql(AssertSqlSafe(statement)).fetch_all(&mut self.connection).await.unwrap();
        let span = begun.elapsed();
        let number = |row: &sqlx::postgres::PgRow, place: usize| -> f64 {
            row.try_get_raw(place).unwrap().as_str().unwrap().parse().unwrap()
        };
        let told = rows.iter().map(|row| {
            let numbers = (1..row.columns().len()).map(|place| number(row, place)).collect();
            (row.get::<String, _>(0), numbers)
        });
        (span, told.collect())
    }

    /// How it goes about it.
    pub async fn plan(&mut self, question: &Question) -> Vec<String> {
        let statement = format!("EXPLAIN (ANALYZE, BUFFERS) {}", question.statement(&self.dialect));
        let rows = sqlx::raw_sql(AssertSqlSafe(statement)).fetch_all(&mut self.connection).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect()
    }
}

/// DuckDB in a process of its own.
pub struct Duck {
    child: Child,
    say: Option<ChildStdin>,
    hear: BufReader<ChildStdout>,
    dialect: Dialect,
}

#[derive(Deserialize)]
struct Told {
    seconds: f64,
    rows: Vec<Vec<serde_json::Value>>,
}

impl Duck {
    /// Over the facts of a generation, which are copied to that folder.
    pub async fn new(
        url: &str,
        folder: &Path,
        tenant: TenantId,
        generation: i16,
        [from, until]: [DateTime<Utc>; 2],
    ) -> Self {
        progress("DuckDB is installed and started");
        let tools = installed();
        let mut child = Command::new(tools.join("venv/bin/python"))
            .arg(sources().join("duck.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("duck.log")).unwrap())
            .spawn()
            .unwrap();
        let (say, mut hear) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut line = String::new();
        hear.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), "ready", "DuckDB does not start; see its log");
        let literal = |time: DateTime<Utc>| format!("TIMESTAMP '{}'", time.format("%Y-%m-%d %H:%M:%S"));
        let dialect = Dialect {
            came: "SELECT subject, any_value(root) AS root, arg_max(code, position) AS code,
                       arg_max(other_time, position) AS start
                   FROM mine WHERE kind = 14 GROUP BY subject",
            tagged: "SELECT root, code, time, unnest(words) AS tag FROM mine WHERE kind = 50",
            from: literal(from),
            until: literal(until),
        };
        let mut duck = Self { child, say, hear, dialect };
        progress("the facts are copied as Parquet");
        let (csv, parquet) = (folder.join("facts.csv"), folder.join("facts.parquet"));
        export(url, &csv, generation).await;
        duck.run(&format!("SET temp_directory = '{}'", folder.join("duck").display()));
        duck.run("SET threads = 2");
        duck.run(&format!(
            "COPY (SELECT * REPLACE (string_split(words, chr(31)) AS words)
                   FROM read_csv('{}', header = true, all_varchar = false, nullstr = '', columns = {{{COLUMNS}}})
                   ORDER BY time) TO '{}' (FORMAT parquet)",
            csv.display(),
            parquet.display()
        ));
        std::fs::remove_file(csv).unwrap();
        duck.run(&format!(
            "CREATE VIEW mine AS SELECT * FROM read_parquet('{}') WHERE tenant_id = '{}'::UUID",
            parquet.display(),
            tenant.0
        ));
        duck
    }

    /// One report.
    pub fn ask(&mut self, question: &Question) -> (Duration, Answer) {
        let told = self.run(&question.statement(&self.dialect));
        let row = |row: &Vec<serde_json::Value>| {
            let numbers = row[1..].iter().map(|number| number.as_f64().unwrap()).collect();
            (row[0].as_str().unwrap().to_owned(), numbers)
        };
        (Duration::from_secs_f64(told.seconds), told.rows.iter().map(row).collect())
    }

    fn run(&mut self, statement: &str) -> Told {
        writeln!(self.say.as_mut().unwrap(), "{}", serde_json::Value::from(statement)).unwrap();
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "DuckDB has ended; see its log");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Duck {
    fn drop(&mut self) {
        // It ends where its input does.
        drop(self.say.take());
        let _ = self.child.wait();
    }
}

const COLUMNS: &str = "'tenant_id': 'UUID', 'root': 'UUID', 'kind': 'SMALLINT', 'time': 'TIMESTAMP',
    'position': 'BIGINT', 'subject': 'UUID', 'about': 'UUID', 'code': 'SMALLINT', 'reason': 'SMALLINT', 'flag': 'BOOLEAN',
    'number': 'INTEGER', 'other_time': 'TIMESTAMP', 'stage': 'VARCHAR', 'origin': 'VARCHAR', 'template': 'VARCHAR',
    'version': 'VARCHAR', 'language': 'VARCHAR', 'channel': 'VARCHAR', 'experiment': 'VARCHAR', 'arm': 'VARCHAR',
    'holder': 'VARCHAR', 'time_zone': 'VARCHAR', 'words': 'VARCHAR'";

async fn export(url: &str, to: &Path, generation: i16) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let statement = format!(
        "COPY (SELECT tenant_id, root, kind, time AT TIME ZONE 'UTC' AS time, position, subject, about, code, reason, flag,
                   number, other_time AT TIME ZONE 'UTC' AS other_time, stage, origin, template, version, language, channel,
                   experiment, arm, holder, time_zone, array_to_string(words, chr(31)) AS words
               FROM analytics.facts WHERE generation = {generation}) TO STDOUT (FORMAT csv, HEADER)"
    );
    let mut rows = connection.copy_out_raw(&statement).await.unwrap();
    let mut file = std::io::BufWriter::with_capacity(1 << 20, File::create(to).unwrap());
    while let Some(bytes) = rows.try_next().await.unwrap() {
        file.write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reports/peers")
}

/// The folder with DuckDB for Python, installed at most once for each version.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.usher/tools/duckdb");
    std::fs::create_dir_all(&folder).unwrap();
    let (list, known) = (sources().join("requirements.txt"), folder.join("requirements.txt"));
    if std::fs::read(&known).ok() == std::fs::read(&list).ok() {
        return folder;
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "venv"]).current_dir(&folder);
    let mut fill = Command::new(folder.join("venv/bin/pip"));
    fill.args(["install", "--quiet", "-r"]).arg(&list);
    for mut command in [make, fill] {
        let done = command.output().unwrap_or_else(|error| panic!("{command:?} can not be started: {error}"));
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "what is compared with can not be installed: {command:?}: {said}");
    }
    std::fs::copy(list, known).unwrap();
    folder
}
