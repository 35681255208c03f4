//! How long it takes to hire, and to fill.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Basis, Duration, DurationReport, DurationRow, SurvivalPoint};

use super::{
    groups::{bounded, counted},
    head,
};
use crate::domain::{
    quantile::quantile,
    question::Question,
    survival::{self, Day, Point},
};

/// What is known of how long things took.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Days of those for which it happened, by how often.
    took: BTreeMap<i64, i64>,
    /// All of them, and those for which it is not known beyond a day.
    days: BTreeMap<i64, Day>,
}

impl Known {
    fn add(&mut self, outcome: &str, days: i64, number: i64, today: i64) {
        match outcome {
            "hired" | "filled" => {
                *self.took.entry(days).or_default() += number;
                self.days.entry(days).or_default().events += number;
            }
            // The day on which it began; what is certain of today is left out.
            "open" => self.days.entry((today - days - 1).max(0)).or_default().censored += number,
            _ => self.days.entry(days).or_default().censored += number,
        }
    }
}

/// Answers a question of such a report.
pub async fn run(tx: &mut TenantTx, question: Question) -> Result<DurationReport> {
    let today = tx.now().timestamp().div_euclid(86_400);
    let groups = counted(tx, &question, question.cube, &[]).await?.groups;
    let mut whole = Known::default();
    let mut rows: BTreeMap<(usize, Vec<String>), Known> = BTreeMap::new();
    for (group, measures) in groups {
        // Of what happened in the period, all has happened.
        let (outcome, days) = match group.own.as_slice() {
            [days] => ("hired", days),
            [outcome, days] => (outcome.as_str(), days),
            _ => continue,
        };
        let Ok(days) = days.parse() else { continue };
        whole.add(outcome, days, measures[0], today);
        rows.entry((group.part, group.values)).or_default().add(outcome, days, measures[0], today);
    }
    bounded(rows.len())?;
    let with_curve = question.basis == Basis::Cohort;
    let rows = rows
        .into_iter()
        .map(|((part, values), known)| DurationRow {
            values,
            interval_start: question.parts[part].start.clone(),
            duration: Some(duration(&known, question.minimum_n, with_curve)),
        })
        .collect();
    Ok(DurationReport {
        head: Some(head(tx, &question).await?),
        rows,
        overall: Some(duration(&whole, question.minimum_n, with_curve)),
    })
}

#[expect(clippy::cast_precision_loss, reason = "days stay far below 2^52")]
fn duration(known: &Known, minimum_n: i64, with_curve: bool) -> Duration {
    let n = known.took.values().sum();
    let points = if with_curve { survival::curve(&known.days) } else { Vec::new() };
    let day = |share: f64, of: fn(&Point) -> f64| survival::day_of(&points, share, of).map(|day| day as f64);
    Duration {
        n,
        censored: known.days.values().map(|day| day.censored).sum(),
        median_days: quantile(&known.took, 0.5),
        p90_days: quantile(&known.took, 0.9),
        estimated_median_days: day(0.5, |point| point.share),
        // The curve's lower bound comes down first.
        estimated_median_lower: day(0.5, |point| point.lower),
        estimated_median_upper: day(0.5, |point| point.upper),
        estimated_p90_days: day(0.1, |point| point.share),
        below_minimum_n: n < minimum_n,
        curve: points.iter().map(point).collect(),
    }
}

fn point(point: &Point) -> SurvivalPoint {
    SurvivalPoint {
        day: i32::try_from(point.day).unwrap_or(i32::MAX),
        share: point.share,
        lower: point.lower,
        upper: point.upper,
        at_risk: point.at_risk,
        events: point.events,
        censored: point.censored,
    }
}
