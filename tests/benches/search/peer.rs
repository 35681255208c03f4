//! PostgreSQL's own search, tuned to its favour: one statement a search, prepared, without row-level security, over one
//! flat table with GIN indexes whose entries begin with the tenant, and an order that was worked out beforehand. A page
//! shows what ours shows of each person, one text each, from a table beside it.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::{
    people::{Person, Pool},
    processor,
    shapes::{Answer, FACET, PAGE, Shape},
};

/// The peer's table. It is filled by [`line`].
pub const TABLE: &str = "CREATE SCHEMA peer;
    CREATE UNLOGGED TABLE peer.people (
        tenant integer NOT NULL, candidate_id uuid NOT NULL, tags text[] NOT NULL, words tsvector NOT NULL,
        skills text[] NOT NULL, city text NOT NULL, years smallint NOT NULL, last_activity timestamptz NOT NULL,
        standing double precision NOT NULL
    )";

/// After filling.
pub const INDEXES: [&str; 10] = [
    "SET maintenance_work_mem = '512MB'",
    "CREATE INDEX ON peer.people USING gin (tags) WITH (fastupdate = off)",
    "CREATE INDEX ON peer.people USING gin (words) WITH (fastupdate = off)",
    "CREATE INDEX ON peer.people (tenant, last_activity DESC, candidate_id)",
    "CREATE INDEX ON peer.people (tenant, standing DESC, candidate_id)",
    "ALTER TABLE peer.people SET LOGGED",
    "VACUUM ANALYZE peer.people",
    "CREATE TABLE peer.cards AS SELECT candidate_id, json_build_object(
         'candidate_id', candidate_id, 'display_name', display_name, 'title', title, 'company', company, 'city', city,
         'years', years, 'skills', skills, 'summary', left(summary, 200))::text AS card FROM talent.candidates",
    "ALTER TABLE peer.cards ADD PRIMARY KEY (candidate_id)",
    "VACUUM ANALYZE peer.cards",
];

const TUNING: &str =
    "SET jit = off; SET work_mem = '256MB'; SET random_page_cost = 1.1; SET effective_cache_size = '4GB'";

/// A row of an answer.
#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    value: String,
    count: i64,
    card: Option<String>,
}

/// One connection.
pub struct Peer {
    connection: PgConnection,
    process: u32,
    postmaster: u32,
}

impl Peer {
    /// Connects.
    pub async fn connect(url: &str) -> Self {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(TUNING).await.unwrap();
        let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
        let process = u32::try_from(process).unwrap();
        Self { connection, process, postmaster: processor::parent(process) }
    }

    /// Processor time of the connection's process and of all that have ended, which is where its helpers' time goes.
    pub fn processor(&self) -> f64 {
        processor::used(self.process) + processor::used_by_ended(self.postmaster)
    }

    /// One search.
    pub async fn ask(&mut self, shape: &Shape) -> Answer {
        let rows: Vec<Row> =
            sqlx::query_as(AssertSqlSafe(statement(shape))).fetch_all(&mut self.connection).await.unwrap();
        let mut answer = Answer { total: 0, hits: Vec::new(), facets: std::collections::BTreeMap::new() };
        for Row { kind, value, count, card } in rows {
            let count = u64::try_from(count).unwrap();
            match kind.as_str() {
                "total" => answer.total = count,
                "hit" => {
                    assert!(card.is_some_and(|card| card.contains(&value)), "a hit has no card");
                    answer.hits.push(value.parse().unwrap());
                }
                _ => answer.facets.entry(kind).or_default().push((value, count)),
            }
        }
        answer
    }

    /// Some people of a tenant.
    pub async fn some(&mut self, tenant: usize, count: i64) -> Vec<Uuid> {
        sqlx::query_scalar("SELECT candidate_id FROM peer.people WHERE tenant = $1 ORDER BY candidate_id LIMIT $2")
            .bind(i32::try_from(tenant).unwrap())
            .bind(count)
            .fetch_all(&mut self.connection)
            .await
            .unwrap()
    }
}

/// One statement with everything that a search answers, so that who is found is looked up once. The words are ours and hold
/// no quote.
fn statement(shape: &Shape) -> String {
    let tenant = shape.tenant;
    let mut found = format!("tenant = {tenant}");
    let tags = |skills: &[String]| {
        let tags: Vec<String> = skills.iter().map(|skill| format!("'{}'", tag(tenant, skill))).collect();
        format!("ARRAY[{}]", tags.join(", "))
    };
    if !shape.all_skills.is_empty() {
        write!(found, " AND tags @> {}", tags(&shape.all_skills)).unwrap();
    }
    if !shape.any_skills.is_empty() {
        write!(found, " AND tags && {}", tags(&shape.any_skills)).unwrap();
    }
    if let Some(skill) = &shape.without_skill {
        write!(found, " AND NOT tags @> {}", tags(std::slice::from_ref(skill))).unwrap();
    }
    if let Some(word) = &shape.word {
        write!(found, " AND words @@ $$'{}'$$::tsquery", lexeme(tenant, word)).unwrap();
    }
    if let Some(years) = shape.min_years {
        write!(found, " AND years >= {years}").unwrap();
    }
    if let Some(time) = shape.dormant_since {
        write!(found, " AND last_activity < '{}'", time.to_rfc3339()).unwrap();
    }
    let order = if shape.by_recency { "last_activity" } else { "standing" };
    let counted = if shape.facets { ", skills, city" } else { "" };
    let facet = |kind: &str, from: &str| {
        format!(
            " UNION ALL (SELECT '{kind}', value, count(*), NULL FROM {from} GROUP BY value
              ORDER BY count(*) DESC, value COLLATE \"C\" LIMIT {FACET})"
        )
    };
    let facets = if shape.facets {
        facet("skill", "found, unnest(skills) AS value") + &facet("city", "(SELECT city AS value FROM found) AS cities")
    } else {
        String::new()
    };
    format!(
        "WITH found AS MATERIALIZED (SELECT candidate_id, {order}{counted} FROM peer.people WHERE {found})
         SELECT 'total' AS kind, '' AS value, count(*) AS count, NULL AS card FROM found
         UNION ALL (SELECT 'hit', candidate_id::text, 0, card FROM (
                        SELECT candidate_id, {order} FROM found ORDER BY {order} DESC, candidate_id
                        LIMIT {PAGE} OFFSET {}) AS page JOIN peer.cards USING (candidate_id)
                    ORDER BY {order} DESC, candidate_id){facets}",
        shape.page * PAGE
    )
}

fn tag(tenant: usize, skill: &str) -> String {
    format!("t{tenant}/skill:{skill}")
}

fn lexeme(tenant: usize, word: &str) -> String {
    format!("t{tenant}/{word}")
}

/// A person as `COPY` takes them.
pub fn line(pool: &Pool, person: &Person) -> String {
    let tags: Vec<String> = person.skills.iter().map(|skill| tag(person.tenant, skill)).collect();
    let words: Vec<String> = person.words().map(|word| format!("'{}'", lexeme(person.tenant, word))).collect();
    format!(
        "{}\t{}\t{{{}}}\t{}\t{{{}}}\t{}\t{}\t{}\t{}\n",
        person.tenant,
        person.id,
        tags.join(","),
        words.join(" "),
        person.skills.join(","),
        person.city,
        person.years,
        person.last_activity().to_rfc3339(),
        person.standing(pool.now)
    )
}
