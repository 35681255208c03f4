//! Counts by group: summed up from cells, or, of one job, counted from its facts.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx};
use uuid::Uuid;

use crate::{
    domain::{
        count::count,
        cube::{self, Axis, Cube, MEASURES},
        grain,
        question::Question,
    },
    store::{self, cells::Sum},
};

/// An answer has at most so many rows.
const MOST: usize = 10_000;
/// Roots of a job that are counted at once.
const PAGE: i64 = 500;

/// Where a count belongs: the part of the period, the values of the dimensions that are asked for, and those of the cube's own
/// axes, such as days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub part: usize,
    pub values: Vec<String>,
    pub own: Vec<String>,
}

/// Sums of a cube's measures.
pub type Measures = [i64; MEASURES];

/// What a cube counted, by group.
pub type Groups = BTreeMap<Group, Measures>;

/// What was counted in all, each thing once, however many groups it belongs to.
pub async fn whole(tx: &mut TenantTx, question: &Question, cube: Cube) -> Result<Vec<Measures>> {
    let ungrouped = Question { group_by: Vec::new(), ..question.clone() };
    let mut parts = vec![Measures::default(); question.parts.len()];
    for (group, measures) in groups(tx, &ungrouped, cube, &[]).await? {
        for (known, measure) in parts[group.part].iter_mut().zip(measures) {
            *known += measure;
        }
    }
    Ok(parts)
}

/// What was counted. `keep` adds values of a cube's dimensions to what tells groups apart, beyond what is asked for.
pub async fn groups(tx: &mut TenantTx, question: &Question, cube: Cube, keep: &[Axis]) -> Result<Groups> {
    let sums = match question.job {
        Some(job) => of_job(tx, question, cube, job).await?,
        None => of_all(tx, question, cube).await?,
    };
    let mut groups = Groups::new();
    for sum in sums {
        let values: Vec<&str> = cube::values(&sum.key).collect();
        let own: Vec<String> = cube
            .axes()
            .iter()
            .zip(&values)
            .filter(|(axis, _)| keep.contains(axis) || !matches!(axis, Axis::Of(_)))
            .map(|(_, value)| (*value).to_owned())
            .collect();
        for group in question.groups(cube, &values) {
            let entry = groups.entry(Group { part: sum.part, values: group, own: own.clone() }).or_default();
            for (known, measure) in entry.iter_mut().zip(sum.measures) {
                *known += measure;
            }
        }
    }
    Ok(groups)
}

/// Refuses more rows than anybody reads.
pub fn bounded(rows: usize) -> Result<()> {
    if rows <= MOST {
        return Ok(());
    }
    let detail = format!("the answer has {rows} rows; at most {MOST} are given: ask for fewer dimensions, or filter");
    Err(Error::new(tonic::Code::ResourceExhausted, "ROWS_TOO_MANY", detail))
}

async fn of_all(tx: &mut TenantTx, question: &Question, cube: Cube) -> Result<Vec<Sum>> {
    let parts = question.parts.iter().enumerate();
    let spans: Vec<_> = parts
        .flat_map(|(number, part)| grain::cover(part.from, part.until).into_iter().map(move |span| (number, span)))
        .collect();
    store::cells::sums(tx, cube, &spans).await
}

async fn of_job(tx: &mut TenantTx, question: &Question, cube: Cube, job: Uuid) -> Result<Vec<Sum>> {
    let Some(serving) = store::generations::serving(tx).await? else { return Ok(Vec::new()) };
    let mut sums: BTreeMap<(usize, String), Measures> = BTreeMap::new();
    let mut after = Uuid::nil();
    loop {
        let roots = store::roots::of_job(tx, serving, job, after, PAGE).await?;
        let Some(last) = roots.last() else { break };
        after = *last;
        for facts in store::facts::of_roots(tx, serving, &roots).await?.values() {
            for (place, counts) in count(facts).iter().filter(|(place, _)| place.cube == cube) {
                let inside = |part: &&crate::domain::period::Part| (part.from..part.until).contains(&place.quarter);
                let Some(part) = question.parts.iter().position(|part| inside(&part)) else { continue };
                let sum = sums.entry((part, place.key.clone())).or_default();
                for (known, count) in sum.iter_mut().zip(counts) {
                    *known += i64::from(*count);
                }
            }
        }
    }
    Ok(sums.into_iter().map(|((part, key), measures)| Sum { part, key, measures }).collect())
}
