//! How far applications come.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Dimension, FunnelReport, FunnelRow, FunnelStage};

use super::{
    groups::{Measures, bounded, counted},
    head, rate,
};
use crate::domain::{cube::Axis, question::Question};

/// Stages with what was counted in each.
type Stages = Vec<(String, Measures)>;

/// Answers a question of this report.
pub async fn run(tx: &mut TenantTx, question: Question) -> Result<FunnelReport> {
    let groups = counted(tx, &question, question.cube, &[Axis::Of(Dimension::Stage)]).await?.groups;
    let mut rows: BTreeMap<(usize, Vec<String>), Stages> = BTreeMap::new();
    for (group, measures) in groups {
        let stage = group.own.into_iter().next().unwrap_or_default();
        rows.entry((group.part, group.values)).or_default().push((stage, measures));
    }
    bounded(rows.values().map(Vec::len).sum())?;
    let rows = rows
        .into_iter()
        .map(|((part, values), stages)| FunnelRow {
            values,
            interval_start: question.parts[part].start.clone(),
            stages: in_order(stages, question.minimum_n),
        })
        .collect();
    Ok(FunnelReport { head: Some(head(tx, &question).await?), rows })
}

/// Stages in the order in which applications come through them: by the mean of how many stages lay before.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn in_order(mut stages: Stages, minimum_n: i64) -> Vec<FunnelStage> {
    let place = |measures: &Measures| measures[6] as f64 / measures[0].max(1) as f64;
    stages.sort_by(|one, other| place(&one.1).total_cmp(&place(&other.1)).then_with(|| one.0.cmp(&other.0)));
    let first = stages.first().map_or(0, |(_, measures)| measures[0]);
    stages.into_iter().map(|(stage, measures)| told(stage, &measures, first, minimum_n)).collect()
}

fn told(stage: String, measures: &Measures, first: i64, minimum_n: i64) -> FunnelStage {
    let [entered, advanced, hired, rejected, withdrawn, ..] = *measures;
    let left = advanced + rejected + withdrawn;
    FunnelStage {
        stage,
        entered,
        advanced,
        hired,
        rejected,
        withdrawn,
        in_process: entered - left,
        advance: Some(rate(advanced, left, minimum_n)),
        // A stage that not everybody enters by the first one may have more than that.
        reach: Some(rate(entered.min(first), first, minimum_n)),
    }
}
