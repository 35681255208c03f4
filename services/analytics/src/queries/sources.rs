//! What became of applications, by where they came from.

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Ranking, SourceReport, SourceRow};

use super::{
    groups::{bounded, groups},
    head, rate,
};
use crate::domain::{
    question::Question,
    ranking::{self, Candidate},
};

/// Answers a question of this report.
pub async fn run(tx: &mut TenantTx, question: Question) -> Result<SourceReport> {
    let counted = groups(tx, &question, question.cube(), &[]).await?;
    bounded(counted.len())?;
    let mut rows: Vec<SourceRow> = counted
        .into_iter()
        .map(|(group, measures)| {
            let [applied, interviewed, interviews, no_show, offered, hired, in_process, _] = measures;
            let of = |numerator, denominator| Some(rate(numerator, denominator, question.minimum_n));
            SourceRow {
                values: group.values,
                interval_start: question.parts[group.part].start.clone(),
                applied,
                interviewed: of(interviewed, applied),
                no_show: of(no_show, interviews),
                offered: of(offered, applied),
                hired: of(hired, applied),
                in_process,
                rank: 0,
            }
        })
        .collect();
    let candidates: Vec<Candidate> = rows
        .iter()
        .map(|row| {
            let rate = row.hired.unwrap_or_default();
            Candidate { lower: rate.lower, upper: rate.upper, is_enough: !rate.below_minimum_n }
        })
        .collect();
    let are_groups = !question.group_by.is_empty() && question.parts.len() == 1;
    let ranks = if are_groups { ranking::ranks(&candidates, true) } else { vec![0; rows.len()] };
    let (words, words_zh) = if are_groups {
        ranking::words(&ranks, &candidates)
    } else {
        ("Nothing is ranked: rows are parts of the period.".to_owned(), "不排名：各行是不同的时间段。".to_owned())
    };
    for (row, rank) in rows.iter_mut().zip(&ranks) {
        row.rank = *rank;
    }
    let is_ranked = ranks.iter().any(|rank| *rank > 0);
    if is_ranked {
        rows.sort_by_key(|row| if row.rank == 0 { i32::MAX } else { row.rank });
    }
    let ranking = Ranking { is_ranked, words, words_zh };
    Ok(SourceReport { head: Some(head(tx, &question).await?), rows, ranking: Some(ranking) })
}
