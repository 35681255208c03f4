//! Reports that are a rate of each group.

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Count, Dimension, Ranking, RateReport, RateRow};

use super::{
    groups::{Groups, Measures, bounded, groups, whole},
    head, rate,
};
use crate::domain::{
    cube::Cube,
    question::Question,
    ranking::{self, Candidate},
    report::Report,
};

/// Answers a question of such a report.
pub async fn run(tx: &mut TenantTx, mut question: Question) -> Result<RateReport> {
    // Whom nobody was to write to can not be activated by writing.
    if question.report == Report::TagActivationRate && !question.names(Dimension::Arm) {
        question.filters.push((Dimension::Arm, vec!["treatment".to_owned()]));
    }
    // A person has several tags: without them, people would be counted once for each.
    if question.report == Report::TagActivationRate && !question.group_by.contains(&Dimension::Tag) {
        question.group_by.push(Dimension::Tag);
    }
    let cube = question.cube();
    let counted = groups(tx, &question, cube, &[]).await?;
    bounded(counted.len())?;
    // A thing that belongs to several groups is still one.
    let is_manifold = question.group_by.contains(&Dimension::Feature);
    let of_parts = if is_manifold {
        whole(tx, &question, cube).await?
    } else {
        (0..question.parts.len()).map(|number| sum(&counted, number)).collect()
    };
    let whole = of_parts.iter().fold(Measures::default(), added);
    let mut rows: Vec<RateRow> = counted
        .iter()
        .map(|(group, measures)| {
            let (numerator, denominator) = share(question.report, measures, &of_parts[group.part]);
            RateRow {
                values: group.values.clone(),
                interval_start: question.parts[group.part].start.clone(),
                rate: Some(rate(numerator, denominator, question.minimum_n)),
                counts: counts(cube, measures),
                rank: 0,
            }
        })
        .collect();
    let ranking = rank(&question, &mut rows);
    let (numerator, denominator) = share(question.report, &whole, &whole);
    let is_overall = question.report != Report::TagActivationRate;
    Ok(RateReport {
        head: Some(head(tx, &question).await?),
        rows,
        overall: is_overall.then(|| rate(numerator, denominator, question.minimum_n)),
        overall_counts: if is_overall { counts(cube, &whole) } else { Vec::new() },
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

fn is_better_when_more(report: Report) -> bool {
    !matches!(report, Report::NoShowRate | Report::EmployerSilence)
}

fn sum(counted: &Groups, part: usize) -> Measures {
    let of_part = counted.iter().filter(|(group, _)| group.part == part);
    of_part.map(|(_, measures)| measures).fold(Measures::default(), added)
}

fn added(mut sum: Measures, measures: &Measures) -> Measures {
    for (known, measure) in sum.iter_mut().zip(measures) {
        *known += measure;
    }
    sum
}

fn counts(cube: Cube, measures: &Measures) -> Vec<Count> {
    let named = cube.measures().iter().zip(measures).filter(|(name, _)| **name != "order");
    named.map(|(name, value)| Count { name: (*name).to_owned(), value: *value }).collect()
}

/// Ranks rows, where they are groups and not parts of a period, nor shares of one whole.
fn rank(question: &Question, rows: &mut [RateRow]) -> Ranking {
    let said = |english: &str, chinese: &str| Ranking {
        is_ranked: false,
        words: english.to_owned(),
        words_zh: chinese.to_owned(),
    };
    if question.group_by.is_empty() || question.parts.len() > 1 {
        return said("Nothing is ranked: rows are parts of the period.", "不排名：各行是不同的时间段。");
    }
    if question.report == Report::NoShowCauses {
        return said("Nothing is ranked: the rows are shares of one whole.", "不排名：各行是同一整体的份额。");
    }
    if question.report == Report::TagActivationRate {
        return said(
            "Nothing is ranked: one person counts in a row of each of their tags, so rows share people.",
            "不排名：一个人在其每个标签下各计一次，各行的人有重叠。",
        );
    }
    // A row of a feature is compared with its counterpart alone, and whatever has several values stands in several rows.
    if question.group_by.contains(&Dimension::Feature) {
        return said(
            "Nothing is ranked: one message counts in a row of every feature. Compare `yes` with `no` of one feature.",
            "不排名：一条消息在每个特征下各计一次。请比较同一特征的 yes 与 no。",
        );
    }
    let candidates: Vec<Candidate> = rows
        .iter()
        .map(|row| {
            let rate = row.rate.unwrap_or_default();
            Candidate { lower: rate.lower, upper: rate.upper, is_enough: !rate.below_minimum_n }
        })
        .collect();
    let ranks = ranking::ranks(&candidates, is_better_when_more(question.report));
    let (words, words_zh) = ranking::words(&ranks, &candidates);
    for (row, rank) in rows.iter_mut().zip(&ranks) {
        row.rank = *rank;
    }
    let is_ranked = ranks.iter().any(|rank| *rank > 0);
    if is_ranked {
        // Stable: within a rank they stay in order of their names. Who has none comes last.
        rows.sort_by_key(|row| if row.rank == 0 { i32::MAX } else { row.rank });
    }
    Ranking { is_ranked, words, words_zh }
}
