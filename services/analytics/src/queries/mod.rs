//! Reports.

use chassis::{Result, TenantTx};
use usher_proto::analytics::v1::{Rate, StageNoShowRate, TemplateReplyRate};

use crate::{
    domain::{
        period::Period,
        wilson::{CONFIDENCE, MINIMUM_N, interval},
    },
    store::reports,
};

/// The reply rate of each template version.
pub async fn template_reply_rates(tx: &mut TenantTx, period: &Period) -> Result<Vec<TemplateReplyRate>> {
    let counts = reports::template_replies(tx, period).await?;
    Ok(counts
        .into_iter()
        .map(|count| TemplateReplyRate {
            template_id: count.template_id,
            kind: count.kind.into(),
            language: count.language,
            rate: Some(rate(count.answered, count.sent)),
        })
        .collect())
}

/// The no-show rate of each stage.
pub async fn no_show_rates(tx: &mut TenantTx, period: &Period) -> Result<Vec<StageNoShowRate>> {
    let counts = reports::no_shows(tx, period).await?;
    Ok(counts
        .into_iter()
        .map(|count| StageNoShowRate { stage: count.stage, rate: Some(rate(count.stayed_away, count.expected)) })
        .collect())
}

fn rate(numerator: i64, denominator: i64) -> Rate {
    let interval = interval(numerator, denominator);
    Rate {
        numerator,
        denominator,
        value: interval.value,
        lower: interval.lower,
        upper: interval.upper,
        confidence: CONFIDENCE,
        below_minimum_n: denominator < MINIMUM_N,
    }
}
