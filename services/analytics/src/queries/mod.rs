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
//! | [`comparisons`] | what insights are found in |
//! | [`risks`] | forecasts of no-shows, and what they rest on |
//! | [`earlier`] | how people came to their interviews before |
//! | [`ranked`] | which rows are better, as far as the data can tell |
//! | [`groups`] | counts by group, which all of them begin with |

pub mod comparisons;
pub mod durations;
pub mod earlier;
pub mod funnel;
pub mod groups;
pub mod lift;
pub mod load;
mod ranked;
pub mod rates;
pub mod risks;
pub mod sources;

use chassis::{Result, TenantTx, wire};
use usher_proto::analytics::v1::{
    DurationReport, FunnelReport, LiftReport, LoadReport, Rate, RateReport, ReportHead, SourceReport,
};

use crate::{
    domain::{
        question::Question,
        report::Report,
        wilson::{CONFIDENCE, interval},
    },
    store,
};

/// What a report answers, in the shape of its kind.
#[derive(Debug, Clone)]
pub enum Answer {
    Rates(RateReport),
    Durations(DurationReport),
    Funnel(FunnelReport),
    Sources(SourceReport),
    Load(LoadReport),
    Lift(LiftReport),
}

impl Answer {
    /// What it is about.
    pub fn head(&self) -> Option<&ReportHead> {
        match self {
            Self::Rates(report) => report.head.as_ref(),
            Self::Durations(report) => report.head.as_ref(),
            Self::Funnel(report) => report.head.as_ref(),
            Self::Sources(report) => report.head.as_ref(),
            Self::Load(report) => report.head.as_ref(),
            Self::Lift(report) => report.head.as_ref(),
        }
    }

    /// What is to be said beside the figures, in Chinese or in English.
    pub fn notes(&self, in_chinese: bool) -> Vec<String> {
        let ranking = match self {
            Self::Rates(report) => report.ranking.as_ref(),
            Self::Sources(report) => report.ranking.as_ref(),
            _ => None,
        };
        let words = ranking.map(|ranking| if in_chinese { &ranking.words_zh } else { &ranking.words });
        words.into_iter().filter(|words| !words.is_empty()).cloned().collect()
    }
}

/// Answers any question.
pub async fn answer(tx: &mut TenantTx, question: Question) -> Result<Answer> {
    match question.report {
        Report::TemplateReplyRate
        | Report::TagActivationRate
        | Report::NoShowRate
        | Report::NoShowCauses
        | Report::EmployerSilence
        | Report::OfferAcceptance => rates::run(tx, question).await.map(Answer::Rates),
        Report::TimeToHire | Report::TimeToFill => durations::run(tx, question).await.map(Answer::Durations),
        Report::Funnel => funnel::run(tx, question).await.map(Answer::Funnel),
        Report::SourceQuality => sources::run(tx, question).await.map(Answer::Sources),
        Report::RecruiterLoad => load::run(tx, question).await.map(Answer::Load),
        Report::CampaignLift => lift::run(tx, question).await.map(Answer::Lift),
    }
}

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
pub fn rate(numerator: i64, denominator: i64, minimum_n: i64) -> Rate {
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
