//! The table `facts`: written once, read by root.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::domain::{
    fact::{Fact, Kind},
    generation::Generation,
    period::Period,
};

/// The columns, in the order in which a row is read.
const COLUMNS: &str = "root, event_id, kind, time, position, subject, about, code, reason, flag, number, other_time, \
                       stage, origin, template, version, language, channel, experiment, arm, holder, time_zone, words";

/// The facts of these roots, by root. One of a kind that a later program has taken down is passed over.
pub async fn of_roots(tx: &mut TenantTx, generation: Generation, roots: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Fact>>> {
    let tenant = tx.tenant();
    let mut query = sqlx::QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM facts WHERE tenant_id = ").push_bind(tenant);
    query.push(" AND generation = ").push_bind(generation.number());
    query.push(" AND root = ANY (").push_bind(roots).push(")");
    let rows = query.build().fetch_all(tx.conn()).await?;
    let mut facts: BTreeMap<Uuid, Vec<Fact>> = BTreeMap::new();
    for row in rows {
        if let Some(fact) = read(&row)? {
            facts.entry(fact.root).or_default().push(fact);
        }
    }
    Ok(facts)
}

/// Facts of a period, behind the one of that root and event, in the order of both; at most so many.
pub async fn page(
    tx: &mut TenantTx,
    generation: Generation,
    period: &Period,
    after: (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<Fact>> {
    let tenant = tx.tenant();
    let mut query = sqlx::QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM facts WHERE tenant_id = ").push_bind(tenant);
    query.push(" AND generation = ").push_bind(generation.number());
    query.push(" AND (root, event_id) > (").push_bind(after.0).push(", ").push_bind(after.1).push(")");
    if let Some(from) = period.from {
        query.push(" AND time >= ").push_bind(from);
    }
    if let Some(until) = period.until {
        query.push(" AND time < ").push_bind(until);
    }
    query.push(" ORDER BY root, event_id LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(tx.conn()).await?;
    Ok(rows.iter().map(read).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn read(row: &PgRow) -> Result<Option<Fact>> {
    let Some(kind) = Kind::of(row.try_get(2)?) else { return Ok(None) };
    let text = |column: usize| row.try_get::<Option<String>, _>(column).map(Option::unwrap_or_default);
    Ok(Some(Fact {
        root: row.try_get(0)?,
        event: row.try_get(1)?,
        kind,
        time: row.try_get(3)?,
        position: row.try_get(4)?,
        subject: row.try_get(5)?,
        about: row.try_get(6)?,
        code: row.try_get::<Option<i16>, _>(7)?.unwrap_or_default(),
        reason: row.try_get::<Option<i16>, _>(8)?.unwrap_or_default(),
        flag: row.try_get::<Option<bool>, _>(9)?.unwrap_or_default(),
        number: row.try_get::<Option<i32>, _>(10)?.unwrap_or_default(),
        other_time: row.try_get(11)?,
        stage: text(12)?,
        origin: text(13)?,
        template: text(14)?,
        version: text(15)?,
        language: text(16)?,
        channel: text(17)?,
        experiment: text(18)?,
        arm: text(19)?,
        holder: text(20)?,
        time_zone: text(21)?,
        words: row.try_get::<Option<Vec<String>>, _>(22)?.unwrap_or_default(),
    }))
}

/// Takes facts down. One that is there already stays as it is.
pub async fn insert(tx: &mut TenantTx, generation: Generation, facts: &[Fact]) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO facts (tenant_id, generation, root, event_id, kind, time, position, subject, about, code, reason, flag,
             number, other_time, stage, origin, template, version, language, channel, experiment, arm, holder, time_zone, words)
         SELECT $1, $2, root, event_id, kind, time, position, subject, about, nullif(code, 0::int2), nullif(reason, 0::int2),
             nullif(flag, false), nullif(number, 0), other_time, nullif(stage, ''), nullif(origin, ''), nullif(template, ''),
             nullif(version, ''), nullif(language, ''), nullif(channel, ''), nullif(experiment, ''), nullif(arm, ''),
             nullif(holder, ''), nullif(time_zone, ''),
             CASE WHEN words <> '' THEN string_to_array(words, chr(31)) END
         FROM unnest($3::uuid[], $4::uuid[], $5::int2[], $6::timestamptz[], $7::int8[], $8::uuid[], $9::uuid[], $10::int2[],
             $11::int2[], $12::bool[], $13::int4[], $14::timestamptz[], $15::text[], $16::text[], $17::text[], $18::text[],
             $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[])
           AS said (root, event_id, kind, time, position, subject, about, code, reason, flag, number, other_time, stage, origin,
             template, version, language, channel, experiment, arm, holder, time_zone, words)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(column(facts, |fact| fact.root))
    .bind(column(facts, |fact| fact.event))
    .bind(column(facts, |fact| fact.kind.number()))
    .bind(column(facts, |fact| fact.time))
    .bind(column(facts, |fact| fact.position))
    .bind(column(facts, |fact| fact.subject))
    .bind(column(facts, |fact| fact.about))
    .bind(column(facts, |fact| fact.code))
    .bind(column(facts, |fact| fact.reason))
    .bind(column(facts, |fact| fact.flag))
    .bind(column(facts, |fact| fact.number))
    .bind(column::<Option<DateTime<Utc>>>(facts, |fact| fact.other_time))
    .bind(texts(facts, |fact| &fact.stage))
    .bind(texts(facts, |fact| &fact.origin))
    .bind(texts(facts, |fact| &fact.template))
    .bind(texts(facts, |fact| &fact.version))
    .bind(texts(facts, |fact| &fact.language))
    .bind(texts(facts, |fact| &fact.channel))
    .bind(texts(facts, |fact| &fact.experiment))
    .bind(texts(facts, |fact| &fact.arm))
    .bind(texts(facts, |fact| &fact.holder))
    .bind(texts(facts, |fact| &fact.time_zone))
    .bind(column(facts, |fact| fact.words.join("\u{1f}")))
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn column<T>(facts: &[Fact], of: impl FnMut(&Fact) -> T) -> Vec<T> {
    facts.iter().map(of).collect()
}

fn texts(facts: &[Fact], of: fn(&Fact) -> &str) -> Vec<&str> {
    facts.iter().map(of).collect()
}

/// Of jobs that people with these applications were hired for, it stays that somebody was, and not who.
pub async fn forget_fills(tx: &mut TenantTx, generation: Generation, applications: &[Uuid]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE facts SET subject = event_id
         WHERE tenant_id = $1 AND generation = $2 AND kind = $4 AND subject = ANY ($3) AND root IN (
             SELECT job FROM roots WHERE tenant_id = $1 AND generation = $2 AND root = ANY ($3) AND job IS NOT NULL)",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(applications)
    .bind(Kind::Filled.number())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets the facts of these roots. Says how many there were.
pub async fn delete(tx: &mut TenantTx, generation: Generation, roots: &[Uuid]) -> Result<u64> {
    let tenant = tx.tenant();
    let deleted = sqlx::query("DELETE FROM facts WHERE tenant_id = $1 AND generation = $2 AND root = ANY ($3)")
        .bind(tenant)
        .bind(generation.number())
        .bind(roots)
        .execute(tx.conn())
        .await?;
    Ok(deleted.rows_affected())
}
