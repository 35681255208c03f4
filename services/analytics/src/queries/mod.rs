//! Reports: what was counted, brought together as it is asked for, with what can be said of it.
//!
//! | module | reports |
//! |---|---|
//! | [`rates`] | template reply rate, tag activation rate, no-show rate and causes, employer silence, offer acceptance |
//! | [`durations`] | time to hire, time to fill |
//! | [`funnel`] | funnel |
//! | [`sources`] | source quality |
//! | [`load`] | recruiter load |
//! | [`lift`] | campaign lift |
//! | [`groups`] | counts by group, which all of them begin with |

pub mod durations;
pub mod funnel;
pub mod groups;
pub mod lift;
pub mod load;
pub mod rates;
pub mod sources;

use chassis::{Result, TenantTx, wire};
use usher_proto::analytics::v1::{Rate, ReportHead};

use crate::{
    domain::{
        question::Question,
        wilson::{CONFIDENCE, interval},
    },
    store,
};

/// What an answer is about.
pub async fn head(tx: &mut TenantTx, question: &Question) -> Result<ReportHead> {
    let definition = question.report.definition();
    let since = store::generations::serving_since(tx).await?;
    Ok(ReportHead {
        report: definition.name.to_owned(),
        formula: definition.formula.to_owned(),
        definition: definition.sentence.to_owned(),
        period: Some(question.period.told()),
        basis: question.basis.into(),
        group_by: question.group_by.iter().map(|dimension| (*dimension).into()).collect(),
        interval: question.interval.into(),
        minimum_n: question.minimum_n,
        serve_time: since.map(wire::timestamp),
    })
}

/// A share as a rate that says how much it knows.
fn rate(numerator: i64, denominator: i64, minimum_n: i64) -> Rate {
    let interval = interval(numerator, denominator);
    Rate {
        numerator,
        denominator,
        value: interval.value,
        lower: interval.lower,
        upper: interval.upper,
        confidence: CONFIDENCE,
        below_minimum_n: denominator < minimum_n,
    }
}
