//! What became of applications, by where they came from.

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Rate, SourceReport, SourceRow};

use super::{
    groups::{bounded, counted},
    head,
    ranked::{in_order, ranked},
    rate,
};
use crate::domain::question::Question;

/// Answers a question of this report.
pub async fn run(tx: &mut TenantTx, question: Question) -> Result<SourceReport> {
    let groups = counted(tx, &question, question.cube, &[]).await?.groups;
    bounded(groups.len())?;
    let of = |numerator, denominator| rate(numerator, denominator, question.minimum_n);
    let hired: Vec<Rate> = groups.values().map(|measures| of(measures[5], measures[0])).collect();
    let (ranks, ranking) = ranked(&question, &hired);
    let mut rows: Vec<SourceRow> = groups
        .into_iter()
        .zip(hired.into_iter().zip(ranks))
        .map(|((group, measures), (hired, rank))| {
            let [applied, interviewed, interviews, no_show, offered, _, in_process, _] = measures;
            SourceRow {
                values: group.values,
                interval_start: question.parts[group.part].start.clone(),
                applied,
                interviewed: Some(of(interviewed, applied)),
                no_show: Some(of(no_show, interviews)),
                offered: Some(of(offered, applied)),
                hired: Some(hired),
                in_process,
                rank,
            }
        })
        .collect();
    in_order(&mut rows, &ranking, |row| row.rank);
    Ok(SourceReport { head: Some(head(tx, &question).await?), rows, ranking: Some(ranking) })
}
