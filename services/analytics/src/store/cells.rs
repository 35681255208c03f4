//! The table `cells`: counts that are changed by what is added to them, and summed up over time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::{Result, TenantTx};
use sqlx::{Row as _, postgres::PgRow};

use super::{changes, keys};
use crate::domain::{
    cells::{Change, buckets},
    cube::{Cube, MEASURES},
    generation::KEPT,
    grain::Span,
};

/// Adds to the counts of a generation.
pub async fn change(tx: &mut TenantTx, generation: i16, changes: &[Change]) -> Result<()> {
    let rows = buckets(changes);
    if rows.is_empty() {
        return Ok(());
    }
    let measure = |of: usize| rows.iter().map(|(_, counts)| counts[of]).collect::<Vec<_>>();
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO cells AS known (tenant_id, generation, cube, grain, bucket, key_id, m1, m2, m3, m4, m5, m6, m7, m8)
         SELECT $1, $2, * FROM unnest($3::int2[], $4::int2[], $5::int4[], $6::int8[], $7::int4[], $8::int4[], $9::int4[],
             $10::int4[], $11::int4[], $12::int4[], $13::int4[], $14::int4[])
         ON CONFLICT (tenant_id, generation, cube, grain, bucket, key_id) DO UPDATE
         SET m1 = known.m1 + excluded.m1, m2 = known.m2 + excluded.m2, m3 = known.m3 + excluded.m3,
             m4 = known.m4 + excluded.m4, m5 = known.m5 + excluded.m5, m6 = known.m6 + excluded.m6,
             m7 = known.m7 + excluded.m7, m8 = known.m8 + excluded.m8",
    )
    .bind(tenant)
    .bind(generation)
    .bind(rows.iter().map(|(at, _)| at.cube.number()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(at, _)| at.grain.number()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(at, _)| at.number).collect::<Vec<_>>())
    .bind(rows.iter().map(|(at, _)| at.key).collect::<Vec<_>>())
    .bind(measure(0))
    .bind(measure(1))
    .bind(measure(2))
    .bind(measure(3))
    .bind(measure(4))
    .bind(measure(5))
    .bind(measure(6))
    .bind(measure(7))
    .execute(tx.conn())
    .await?;
    Ok(())
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
    let rows = sqlx::query(
        "WITH served AS (SELECT $7::int2 AS generation UNION ALL SELECT generation FROM generations WHERE state = 2)
         SELECT sums.part, sums.key_id, sums.m1, sums.m2, sums.m3, sums.m4, sums.m5, sums.m6, sums.m7, sums.m8, keys.key,
                NULL::int4[], NULL::int8[], NULL::int4[]
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
         ) sums JOIN cell_keys keys ON keys.tenant_id = $1 AND keys.cube = $2 AND keys.key_id = sums.key_id
         UNION ALL
         SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, quarters, key_ids, measures
         FROM served JOIN cell_changes USING (generation) WHERE tenant_id = $1 AND cube = $2",
    )
    .bind(tenant)
    .bind(cube.number())
    .bind(spans.iter().map(|(part, _)| i32::try_from(*part).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .bind(spans.iter().map(|(_, span)| span.grain.number()).collect::<Vec<_>>())
    .bind(spans.iter().map(|(_, span)| span.first).collect::<Vec<_>>())
    .bind(spans.iter().map(|(_, span)| span.past).collect::<Vec<_>>())
    .bind(KEPT)
    .fetch_all(tx.conn())
    .await?;
    let mut summed = Summed::default();
    for row in &rows {
        match row.try_get(0)? {
            Some(part) => summed.add_cell(part, row)?,
            None => summed.add_changes(&changes::read(cube, row, 11)?, spans),
        }
    }
    summed.name(tx).await
}

/// Sums by part and by the number of the key.
#[derive(Default)]
struct Summed {
    sums: BTreeMap<(usize, i64), [i64; MEASURES]>,
    keys: HashMap<i64, String>,
}

impl Summed {
    fn add_cell(&mut self, part: i32, row: &PgRow) -> Result<()> {
        let key: i64 = row.try_get(1)?;
        let mut measures = [0; MEASURES];
        for (number, measure) in measures.iter_mut().enumerate() {
            *measure = row.try_get(number + 2)?;
        }
        self.keys.insert(key, row.try_get(10)?);
        self.sums.insert((usize::try_from(part).unwrap_or_default(), key), measures);
        Ok(())
    }

    fn add_changes(&mut self, changes: &[Change], spans: &[(usize, Span)]) {
        for change in changes {
            let inside = |(_, span): &&(usize, Span)| span.holds(change.quarter);
            for (part, _) in spans.iter().filter(inside) {
                let sum = self.sums.entry((*part, change.key)).or_default();
                for (known, count) in sum.iter_mut().zip(change.counts) {
                    *known += i64::from(count);
                }
            }
        }
    }

    /// With the keys themselves in the place of their numbers.
    async fn name(mut self, tx: &mut TenantTx) -> Result<Vec<Sum>> {
        self.sums.retain(|_, measures| measures.iter().any(|measure| *measure != 0));
        let nameless: BTreeSet<i64> =
            self.sums.keys().map(|(_, key)| *key).filter(|key| !self.keys.contains_key(key)).collect();
        if !nameless.is_empty() {
            self.keys.extend(keys::named(tx, &Vec::from_iter(nameless)).await?);
        }
        let sum = |((part, key), measures)| Some(Sum { part, key: self.keys.get(&key)?.clone(), measures });
        Ok(self.sums.into_iter().filter_map(sum).collect())
    }
}
