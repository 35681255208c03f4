//! What campaigns did.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Dimension, LiftReport, LiftRow, Verdict};

use super::{
    groups::{bounded, counted},
    head, rate,
};
use crate::domain::{
    cube::Axis,
    difference::{MINIMUM_N, Share, difference},
    question::Question,
    wilson::Interval,
};

/// Answers a question of this report.
pub async fn run(tx: &mut TenantTx, question: Question) -> Result<LiftReport> {
    let groups = counted(tx, &question, question.cube, &[Axis::Of(Dimension::Arm)]).await?.groups;
    let mut rows: BTreeMap<Vec<String>, [Share; 2]> = BTreeMap::new();
    for (group, measures) in groups {
        let arm = match group.own.first().map(String::as_str) {
            Some("treatment") => 0,
            Some("holdout") => 1,
            _ => continue,
        };
        let share = &mut rows.entry(group.values).or_default()[arm];
        *share = (share.0 + measures[1], share.1 + measures[0]);
    }
    bounded(rows.len())?;
    let rows = rows.into_iter().map(|(values, [treatment, holdout])| {
        let found = difference(treatment, holdout);
        LiftRow {
            values,
            treatment: Some(rate(treatment.0, treatment.1, question.minimum_n)),
            holdout: Some(rate(holdout.0, holdout.1, question.minimum_n)),
            difference: found.value,
            difference_lower: found.lower,
            difference_upper: found.upper,
            verdict: verdict(treatment, holdout, &found).into(),
            is_randomized: holdout.1 > 0,
        }
    });
    Ok(LiftReport { rows: rows.collect(), head: Some(head(tx, &question).await?) })
}

/// What can be said of two groups.
pub fn verdict(one: Share, other: Share, found: &Interval) -> Verdict {
    if one.1 == 0 || other.1 == 0 {
        Verdict::NoComparison
    } else if one.1 < MINIMUM_N || other.1 < MINIMUM_N {
        Verdict::NotEnough
    } else if found.lower > 0.0 {
        Verdict::More
    } else if found.upper < 0.0 {
        Verdict::Fewer
    } else {
        Verdict::NotShown
    }
}
