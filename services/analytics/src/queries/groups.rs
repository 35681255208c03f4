//! Counts by group: summed up from cells, or, of one job, counted from its facts.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx};
use uuid::Uuid;

use crate::{
    domain::{
        count::count,
        cube::{self, Axis, Cube, MEASURES},
        grain,
        period::Part,
        question::Question,
    },
    store::{self, cells::Sum},
};

/// An answer has at most so many rows.
const MOST: usize = 10_000;
/// The reason when it would have more.
pub const TOO_MANY: &str = "ROWS_TOO_MANY";
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

/// What was counted.
#[derive(Debug)]
pub struct Counted {
    pub groups: Groups,
    /// In each part of the period, each key once, however many groups it belongs to.
    pub parts: Vec<Measures>,
}

/// What was counted. `keep` adds values of a cube's dimensions to what tells groups apart, beyond what is asked for.
pub async fn counted(tx: &mut TenantTx, question: &Question, cube: Cube, keep: &[Axis]) -> Result<Counted> {
    let sums = match question.job {
        Some(job) => of_job(tx, question, cube, job).await?,
        None => of_all(tx, question, cube).await?,
    };
    let mut counted = Counted { groups: Groups::new(), parts: vec![Measures::default(); question.parts.len()] };
    for sum in sums {
        let values: Vec<&str> = cube::values(&sum.key).collect();
        let own: Vec<String> = cube
            .axes()
            .iter()
            .zip(&values)
            .filter(|(axis, _)| keep.contains(axis) || !matches!(axis, Axis::Of(_)))
            .map(|(_, value)| (*value).to_owned())
            .collect();
        if question.holds(cube, &values) {
            add(&mut counted.parts[sum.part], &sum.measures);
        }
        for group in question.groups(cube, &values) {
            let group = Group { part: sum.part, values: group, own: own.clone() };
            add(counted.groups.entry(group).or_default(), &sum.measures);
        }
    }
    Ok(counted)
}

/// Adds measures to others.
pub fn add(sum: &mut Measures, measures: &Measures) {
    for (known, measure) in sum.iter_mut().zip(measures) {
        *known += measure;
    }
}

/// Refuses more rows than anybody reads.
pub fn bounded(rows: usize) -> Result<()> {
    if rows <= MOST {
        return Ok(());
    }
    let detail = format!("the answer has {rows} rows; at most {MOST} are given: ask for fewer dimensions, or filter");
    Err(Error::new(tonic::Code::ResourceExhausted, TOO_MANY, detail))
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
                let inside = |part: &Part| (part.from..part.until).contains(&place.quarter);
                let Some(part) = question.parts.iter().position(inside) else { continue };
                add(sums.entry((part, place.key.clone())).or_default(), &counts.map(i64::from));
            }
        }
    }
    Ok(sums.into_iter().map(|((part, key), measures)| Sum { part, key, measures }).collect())
}
