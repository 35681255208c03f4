//! What recruiters have on their desks.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{LoadReport, LoadRow};

use super::{
    groups::{bounded, counted},
    head, rate,
};
use crate::domain::{cube::Cube, quantile::quantile, question::Question};

/// What is known of one row.
#[derive(Debug, Default)]
struct Known {
    created: i64,
    open: i64,
    completed: i64,
    due: i64,
    on_time: i64,
    hours: BTreeMap<i64, i64>,
}

/// Answers a question of this report.
pub async fn run(tx: &mut TenantTx, question: Question) -> Result<LoadReport> {
    let mut rows: BTreeMap<(usize, Vec<String>), Known> = BTreeMap::new();
    for (group, measures) in counted(tx, &question, Cube::Tasks, &[]).await?.groups {
        let known = rows.entry((group.part, group.values)).or_default();
        known.created += measures[0];
        known.open += measures[1];
    }
    for (group, measures) in counted(tx, &question, Cube::TasksDone, &[]).await?.groups {
        let known = rows.entry((group.part, group.values)).or_default();
        let hours = group.own.first().and_then(|hours| hours.parse().ok()).unwrap_or_default();
        *known.hours.entry(hours).or_default() += measures[0];
        known.completed += measures[0];
        known.due += measures[1];
        known.on_time += measures[2];
    }
    bounded(rows.len())?;
    let rows = rows
        .into_iter()
        .map(|((part, values), known)| LoadRow {
            values,
            interval_start: question.parts[part].start.clone(),
            created: known.created,
            open: known.open,
            completed: known.completed,
            on_time: Some(rate(known.on_time, known.due, question.minimum_n)),
            median_hours: quantile(&known.hours, 0.5),
            p90_hours: quantile(&known.hours, 0.9),
        })
        .collect();
    Ok(LoadReport { head: Some(head(tx, &question).await?), rows })
}
