//! Filling all three from one stream of people.

use sqlx::{Connection as _, Executor as _, PgConnection, postgres::PgCopyIn};

use crate::{
    library::Filling,
    peer,
    people::{Person, Pool},
};

/// People between two that are sent on.
const BATCH: usize = 5_000;

const CANDIDATES: &str =
    "COPY talent.candidates (tenant_id, candidate_id, display_name, city, title, company, years, skills,
    summary, language, time_zone, source, version, create_time, update_time, details) FROM STDIN";
const ENGAGEMENTS: &str = "COPY talent.engagements (tenant_id, candidate_id, source, content) FROM STDIN";
/// Somebody has looked for duplicates of theirs, as happens while people come in over the front door.
const SEEN: &str = "COPY talent.identity_keys (tenant_id, candidate_id, key) FROM STDIN";
const PEOPLE: &str =
    "COPY peer.people (tenant, candidate_id, tags, words, skills, city, years, last_activity, standing)
    FROM STDIN";

/// Fills the service's tables, the peer's and the library.
pub async fn fill(url: &str, pool: &Pool, library: &mut Filling) {
    let mut owner = PgConnection::connect(url).await.unwrap();
    owner.execute(peer::TABLE).await.unwrap();
    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(PgConnection::connect(url).await.unwrap());
    }
    let [one, two, three, four] = &mut connections[..] else { unreachable!("four were made") };
    let mut candidates = one.copy_in_raw(CANDIDATES).await.unwrap();
    let mut engagements = two.copy_in_raw(ENGAGEMENTS).await.unwrap();
    let mut people = three.copy_in_raw(PEOPLE).await.unwrap();
    let mut seen = four.copy_in_raw(SEEN).await.unwrap();
    let mut texts = [const { String::new() }; 4];
    for (number, person) in (1..).zip(pool.everybody()) {
        texts[0].push_str(&candidate(pool, &person));
        texts[1].push_str(&engagement(pool, &person));
        texts[2].push_str(&peer::line(pool, &person));
        texts[3].push_str(&format!("{}\t{}\t\n", pool.tenants[person.tenant], person.id));
        library.add(pool, &person);
        if number % BATCH == 0 || number == pool.people {
            send(&mut candidates, &mut texts[0]).await;
            send(&mut engagements, &mut texts[1]).await;
            send(&mut people, &mut texts[2]).await;
            send(&mut seen, &mut texts[3]).await;
        }
        if number % (pool.people / 10).max(1) == 0 {
            crate::progress(&format!("{number} of {} people are in", pool.people));
        }
    }
    candidates.finish().await.unwrap();
    engagements.finish().await.unwrap();
    people.finish().await.unwrap();
    seen.finish().await.unwrap();
    crate::progress("indexes for PostgreSQL's search");
    for statement in peer::INDEXES {
        owner.execute(statement).await.unwrap();
    }
    for statement in [
        "VACUUM ANALYZE talent.candidates",
        "VACUUM ANALYZE talent.engagements",
        "VACUUM ANALYZE talent.identity_keys",
        "CHECKPOINT",
    ] {
        owner.execute(statement).await.unwrap();
    }
}

async fn send(copy: &mut PgCopyIn<&mut PgConnection>, text: &mut String) {
    copy.send(text.as_bytes()).await.unwrap();
    text.clear();
}

/// A row of `candidates`. Words are ours and need no escaping.
fn candidate(pool: &Pool, person: &Person) -> String {
    let language = if person.speaks_chinese { 1 } else { 2 };
    let intent = serde_json::json!({ "intent": {
        "level": person.intent, "state_time": person.created, "expire_time": pool.now + chrono::TimeDelta::days(365),
        "titles": [], "cities": [],
    } });
    let created = person.created.to_rfc3339();
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{{{}}}\t{}\t{language}\tAsia/Shanghai\timport\t1\t{created}\t{created}\t{intent}\n",
        pool.tenants[person.tenant],
        person.id,
        person.name,
        person.city,
        person.title,
        person.company,
        person.years,
        person.skills.join(","),
        person.summary.join(", "),
    )
}

/// A row of `engagements`, for those who were ever asked anything.
fn engagement(pool: &Pool, person: &Person) -> String {
    let Some(engagement) = &person.engagement else { return String::new() };
    let content = serde_json::json!({
        "last_activity": engagement.last_activity, "asked": engagement.asked, "answered": engagement.answered,
    });
    format!("{}\t{}\tats\t{content}\n", pool.tenants[person.tenant], person.id)
}
