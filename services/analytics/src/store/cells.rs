//! The table `cells`: counts that are changed by what is added to them, and summed up over time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::{Result, TenantTx};
use chrono::{NaiveDate, NaiveTime};
use sqlx::{Row as _, postgres::PgRow};

use super::{changes, keys};
use crate::domain::{
    cells::{Change, buckets},
    cube::{Cube, MEASURES},
    generation::KEPT,
    grain::{self, Grain, Span},
    quarters,
};

/// A day whose entries are longer is written anew, with one for each quarter of an hour: then they are never longer than most of
/// this, and a row stays well within a page.
const LONG: i32 = 1_800;

/// Adds to the counts of a generation.
pub async fn change(tx: &mut TenantTx, generation: i16, changes: &[Change]) -> Result<()> {
    let cells = buckets(changes);
    if cells.is_empty() {
        return Ok(());
    }
    let measure = |of: usize| cells.values().map(|cell| cell.counts[of]).collect::<Vec<_>>();
    let tenant = tx.tenant();
    let long: Vec<(i16, i32, i64, Vec<u8>)> = sqlx::query_as(
        "WITH added AS (
             INSERT INTO cells AS known (tenant_id, generation, cube, grain, bucket, key_id, m1, m2, m3, m4, m5, m6, m7, m8, quarters)
             SELECT $1, $2, * FROM unnest($3::int2[], $4::int2[], $5::int4[], $6::int8[], $7::int4[], $8::int4[], $9::int4[],
                 $10::int4[], $11::int4[], $12::int4[], $13::int4[], $14::int4[], $15::bytea[])
             ON CONFLICT (tenant_id, generation, cube, grain, bucket, key_id) DO UPDATE
             SET m1 = known.m1 + excluded.m1, m2 = known.m2 + excluded.m2, m3 = known.m3 + excluded.m3,
                 m4 = known.m4 + excluded.m4, m5 = known.m5 + excluded.m5, m6 = known.m6 + excluded.m6,
                 m7 = known.m7 + excluded.m7, m8 = known.m8 + excluded.m8, quarters = known.quarters || excluded.quarters
             RETURNING cube, bucket, key_id, CASE WHEN length(quarters) > $16 THEN quarters END AS long)
         SELECT cube, bucket, key_id, long FROM added WHERE long IS NOT NULL",
    )
    .bind(tenant)
    .bind(generation)
    .bind(cells.keys().map(|at| at.cube.number()).collect::<Vec<_>>())
    .bind(cells.keys().map(|at| at.grain.number()).collect::<Vec<_>>())
    .bind(cells.keys().map(|at| at.number).collect::<Vec<_>>())
    .bind(cells.keys().map(|at| at.key).collect::<Vec<_>>())
    .bind(measure(0))
    .bind(measure(1))
    .bind(measure(2))
    .bind(measure(3))
    .bind(measure(4))
    .bind(measure(5))
    .bind(measure(6))
    .bind(measure(7))
    .bind(cells.values().map(|cell| quarters::write(&cell.quarters)).collect::<Vec<_>>())
    .bind(LONG)
    .fetch_all(tx.conn())
    .await?;
    shorten(tx, generation, &long).await
}

/// Days whose entries are long get one for each quarter of an hour.
async fn shorten(tx: &mut TenantTx, generation: i16, days: &[(i16, i32, i64, Vec<u8>)]) -> Result<()> {
    if days.is_empty() {
        return Ok(());
    }
    let short: Vec<Vec<u8>> =
        days.iter().map(|(.., long)| Ok(quarters::write(&quarters::read(long)?))).collect::<Result<_>>()?;
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE cells SET quarters = short.quarters
         FROM unnest($3::int2[], $4::int4[], $5::int8[], $6::bytea[]) AS short (cube, bucket, key_id, quarters)
         WHERE tenant_id = $1 AND generation = $2 AND grain = $7 AND cells.cube = short.cube AND cells.bucket = short.bucket
             AND cells.key_id = short.key_id",
    )
    .bind(tenant)
    .bind(generation)
    .bind(days.iter().map(|day| day.0).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.1).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.2).collect::<Vec<_>>())
    .bind(short)
    .bind(Grain::Day.number())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether anything was counted since the month of a day.
pub async fn any_since(tx: &mut TenantTx, day: NaiveDate) -> Result<bool> {
    let tenant = tx.tenant();
    let month = Grain::Month.bucket(grain::quarter(day.and_time(NaiveTime::MIN).and_utc()));
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (
             SELECT FROM generations JOIN cells USING (generation), unnest($2::int2[]) AS asked (cube)
             WHERE state = 2 AND tenant_id = $1 AND cells.cube = asked.cube AND grain = $3 AND bucket >= $4)",
    )
    .bind(tenant)
    .bind(Cube::ALL.map(Cube::number))
    .bind(Grain::Month.number())
    .bind(month)
    .fetch_one(tx.conn())
    .await?)
}

/// What was counted in a part of a period under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Which part.
    pub part: usize,
    pub key: String,
    pub measures: [i64; MEASURES],
}

/// What a cube counted in each part, which is made up of spans, by key: of the generation that serves, and of people who are
/// forgotten; what waits to be added to the cells is among it.
///
/// Each span is looked up by itself, in the order of the primary key: PostgreSQL, which can not tell how much lies in a span, would
/// rather read all cells there are and drop most of them (`OFFSET 0` keeps it from trying). One statement sees cells and what waits
/// to be added to them at one instant.
pub async fn sums(tx: &mut TenantTx, cube: Cube, spans: &[(usize, Span)]) -> Result<Vec<Sum>> {
    let tenant = tx.tenant();
    let whole = spans.iter().filter_map(|(part, span)| match span {
        Span::Whole(grain, buckets) => Some((ordinal(*part), grain.number(), buckets.start, buckets.end)),
        Span::Quarters { .. } => None,
    });
    let whole: Vec<(i32, i16, i32, i32)> = whole.collect();
    let days = spans.iter().enumerate().filter_map(|(number, (_, span))| match span {
        Span::Quarters { day, .. } => Some((ordinal(number), *day)),
        Span::Whole(..) => None,
    });
    let (numbers, days): (Vec<i32>, Vec<i32>) = days.unzip();
    let rows = sqlx::query(
        "WITH served AS (SELECT $7::int2 AS generation UNION ALL SELECT generation FROM generations WHERE state = 2)
         SELECT sums.part, sums.key_id, sums.m1, sums.m2, sums.m3, sums.m4, sums.m5, sums.m6, sums.m7, sums.m8,
                NULL::int4 AS number, NULL::bytea, NULL::int4[], NULL::int8[], NULL::int4[]
         FROM (
             SELECT span.part, cell.key_id, sum(m1) AS m1, sum(m2) AS m2, sum(m3) AS m3, sum(m4) AS m4, sum(m5) AS m5,
                    sum(m6) AS m6, sum(m7) AS m7, sum(m8) AS m8
             FROM unnest($3::int4[], $4::int2[], $5::int4[], $6::int4[]) AS span (part, grain, first, past)
             CROSS JOIN served
             CROSS JOIN LATERAL (
                 SELECT * FROM cells WHERE tenant_id = $1 AND generation = served.generation AND cube = $2
                     AND grain = span.grain AND bucket >= span.first AND bucket < span.past OFFSET 0
             ) cell
             GROUP BY span.part, cell.key_id
         ) sums
         UNION ALL
         SELECT NULL, day.key_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, asked.number, day.quarters, NULL, NULL, NULL
         FROM unnest($8::int4[], $9::int4[]) AS asked (number, day)
         CROSS JOIN served
         CROSS JOIN LATERAL (
             SELECT key_id, quarters FROM cells WHERE tenant_id = $1 AND generation = served.generation AND cube = $2
                 AND grain = 0 AND bucket = asked.day OFFSET 0
         ) day
         UNION ALL
         SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, quarters, key_ids, measures
         FROM served JOIN cell_changes USING (generation) WHERE tenant_id = $1 AND cube = $2",
    )
    .bind(tenant)
    .bind(cube.number())
    .bind(whole.iter().map(|span| span.0).collect::<Vec<_>>())
    .bind(whole.iter().map(|span| span.1).collect::<Vec<_>>())
    .bind(whole.iter().map(|span| span.2).collect::<Vec<_>>())
    .bind(whole.iter().map(|span| span.3).collect::<Vec<_>>())
    .bind(KEPT)
    .bind(numbers)
    .bind(days)
    .fetch_all(tx.conn())
    .await?;
    let mut summed = Summed::default();
    for row in &rows {
        let (part, number): (Option<i32>, Option<i32>) = (row.try_get(0)?, row.try_get(10)?);
        match (part, number.and_then(|number| spans.get(usize::try_from(number).ok()?))) {
            (Some(part), _) => summed.add_cell(part, row)?,
            (None, Some((part, span))) => summed.add_day(*part, span, row)?,
            (None, None) => summed.add_changes(&changes::read(cube, row, 12)?, spans),
        }
    }
    summed.name(tx).await
}

fn ordinal(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Sums by part and by the number of the key.
#[derive(Default)]
struct Summed {
    sums: BTreeMap<(usize, i64), [i64; MEASURES]>,
}

impl Summed {
    fn add_cell(&mut self, part: i32, row: &PgRow) -> Result<()> {
        let key: i64 = row.try_get(1)?;
        let mut measures = [0; MEASURES];
        for (number, measure) in measures.iter_mut().enumerate() {
            *measure = row.try_get(number + 2)?;
        }
        self.add(usize::try_from(part).unwrap_or_default(), key, measures);
        Ok(())
    }

    /// Of a day, what is counted in the quarters of an hour that are meant.
    fn add_day(&mut self, part: usize, span: &Span, row: &PgRow) -> Result<()> {
        let Span::Quarters { day, .. } = span else { return Ok(()) };
        let key: i64 = row.try_get(1)?;
        for (place, counts) in quarters::read(row.try_get(11)?)? {
            if span.holds(Grain::Day.begin(*day) + i32::from(place)) {
                self.add(part, key, counts.map(i64::from));
            }
        }
        Ok(())
    }

    fn add_changes(&mut self, changes: &[Change], spans: &[(usize, Span)]) {
        for change in changes {
            for (part, _) in spans.iter().filter(|(_, span)| span.holds(change.quarter)) {
                self.add(*part, change.key, change.counts.map(i64::from));
            }
        }
    }

    fn add(&mut self, part: usize, key: i64, measures: [i64; MEASURES]) {
        let sum = self.sums.entry((part, key)).or_default();
        for (known, measure) in sum.iter_mut().zip(measures) {
            *known += measure;
        }
    }

    /// With the keys themselves in the place of their numbers.
    async fn name(mut self, tx: &mut TenantTx) -> Result<Vec<Sum>> {
        self.sums.retain(|_, measures| measures.iter().any(|measure| *measure != 0));
        let numbers: BTreeSet<i64> = self.sums.keys().map(|(_, key)| *key).collect();
        // By themselves: PostgreSQL, which can not tell how many sums there are, would look each up among all keys of the cube.
        let keys: HashMap<i64, String> = keys::named(tx, &Vec::from_iter(numbers)).await?.into_iter().collect();
        let sum = |((part, key), measures)| Some(Sum { part, key: keys.get(&key)?.clone(), measures });
        Ok(self.sums.into_iter().filter_map(sum).collect())
    }
}
