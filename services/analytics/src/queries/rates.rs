//! Reports that are a rate of each group.

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Count, Rate, RateReport, RateRow};

use super::{
    groups::{Counted, Measures, add, bounded, counted},
    head,
    ranked::{in_order, ranked},
    rate,
};
use crate::domain::{cube::Cube, question::Question, report::Report};

/// Answers a question of such a report.
pub async fn run(tx: &mut TenantTx, question: Question) -> Result<RateReport> {
    let cube = question.cube;
    let Counted { groups, parts } = counted(tx, &question, cube, &[]).await?;
    bounded(groups.len())?;
    let rate_of = |measures: &Measures, whole: &Measures| {
        let (numerator, denominator) = share(question.report, measures, whole);
        rate(numerator, denominator, question.minimum_n)
    };
    let rates: Vec<Rate> = groups.iter().map(|(group, measures)| rate_of(measures, &parts[group.part])).collect();
    let (ranks, ranking) = ranked(&question, &rates);
    let mut rows: Vec<RateRow> = groups
        .into_iter()
        .zip(rates.into_iter().zip(ranks))
        .map(|((group, measures), (rate, rank))| RateRow {
            values: group.values,
            interval_start: question.parts[group.part].start.clone(),
            rate: Some(rate),
            counts: counts(cube, &measures),
            rank,
        })
        .collect();
    in_order(&mut rows, &ranking, |row| row.rank);
    let mut whole = Measures::default();
    for part in parts {
        add(&mut whole, &part);
    }
    // People have several tags, each counted by itself: a sum over them is of nobody.
    let has_sum = question.report != Report::TagActivationRate;
    Ok(RateReport {
        head: Some(head(tx, &question).await?),
        rows,
        overall: has_sum.then(|| rate_of(&whole, &whole)),
        overall_counts: if has_sum { counts(cube, &whole) } else { Vec::new() },
        ranking: Some(ranking),
    })
}

/// How many of how many: of the group's measures, and for shares of a whole, of those of its part of the period.
fn share(report: Report, of: &Measures, whole: &Measures) -> (i64, i64) {
    match report {
        Report::NoShowCauses => (of[0], whole[0]),
        Report::EmployerSilence => (of[5], of[0]),
        // Accepted, of accepted, declined and expired.
        Report::OfferAcceptance => (of[1], of[1] + of[2] + of[3]),
        _ => (of[1], of[0]),
    }
}

fn counts(cube: Cube, measures: &Measures) -> Vec<Count> {
    measured(cube).zip(measures).map(|(name, value)| Count { name: name.to_owned(), value: *value }).collect()
}

/// Names of what a cube counts; where stages stand in a pipeline, its last measure, is no count.
pub fn measured(cube: Cube) -> impl Iterator<Item = &'static str> {
    cube.measures().iter().copied().filter(|name| *name != "order")
}
