//! How likely people are to miss their interviews.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx, ids::read_type_id, wire};
use chrono::{DateTime, Utc};
use usher_proto::analytics::v1::{GetRiskModelResponse, NoShowRisk, RiskBasis, RiskReason, RiskSupport};
use uuid::Uuid;

use crate::{
    charts::{Bin, Calibration, Head, Interval, Lang},
    commands::train::Others,
    domain::{
        snapshot::{self, DISTANCE},
        story::Story,
    },
    risk::{
        card,
        model::{Basis, Model, train},
        predict::Risk,
        prior,
        support::Support,
    },
    store,
};

/// The model that forecasts: the tenant's last one, or general priors where it has none.
async fn model(tx: &mut TenantTx) -> Result<Model> {
    if let Some(model) = store::risk::last(tx).await? {
        return Ok(model);
    }
    train(&[], &prior::general(), 1, 0, 0)
        .map_err(|error| chassis::Error::internal("general priors make no model", &error))
}

/// Forecasts for interviews that are still to come.
pub async fn risks(tx: &mut TenantTx, interviews: &[String]) -> Result<Vec<NoShowRisk>> {
    let now = tx.now();
    let model = model(tx).await?;
    let Some(serving) = store::generations::serving(tx).await? else { return Ok(Vec::new()) };
    let asked: Vec<Uuid> = interviews.iter().filter_map(|id| read_type_id("intv", id).ok()).collect();
    let places: BTreeMap<Uuid, Uuid> = store::risk::roots_of(tx, serving, &asked).await?.into_iter().collect();
    let roots: Vec<Uuid> = places.values().copied().collect();
    let facts = store::facts::of_roots(tx, serving, &roots).await?;
    let others = Others::of(tx, serving, &roots, &facts).await?;
    let mut risks = Vec::new();
    for (text, id) in interviews.iter().zip(asked) {
        let Some((root, facts)) = places.get(&id).and_then(|root| facts.get_key_value(root)) else { continue };
        let story = Story::of(facts);
        let Some(at) = story.interviews.get(&id).and_then(|interview| moment(interview, now)) else { continue };
        let known = snapshot::known(&story, id, at, others.earlier(*root, id, at));
        risks.push(told(text, &model, &model.predict(&known), at));
    }
    Ok(risks)
}

/// As of when an interview is looked at; `None` of one that is over, called off or declined.
fn moment(interview: &crate::domain::story::Interview<'_>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if interview.is_over() {
        return None;
    }
    let start = snapshot::start(interview, now).filter(|start| *start > now)?;
    let scheduled = interview.scheduled?.time;
    // As far away as what was learned; one that was arranged within the day, as it was when it was arranged.
    Some(now.min((start - DISTANCE).max(scheduled)))
}

fn told(interview: &str, model: &Model, risk: &Risk, at: DateTime<Utc>) -> NoShowRisk {
    NoShowRisk {
        interview_id: interview.to_owned(),
        probability: risk.probability,
        lower: risk.lower,
        upper: risk.upper,
        basis: basis(risk.basis).into(),
        reasons: risk
            .reasons
            .iter()
            .map(|reason| RiskReason {
                topic: reason.topic.name().to_owned(),
                value: reason.value.clone(),
                contribution: reason.contribution,
            })
            .collect(),
        supports: risk.support.iter().map(|support| supports(*support).into()).collect(),
        model_version: i32::try_from(model.version).unwrap_or(i32::MAX),
        as_of_time: Some(wire::timestamp(at)),
    }
}

fn basis(basis: Basis) -> RiskBasis {
    match basis {
        Basis::GeneralPriors => RiskBasis::GeneralPriors,
        Basis::BaseRate => RiskBasis::BaseRate,
        Basis::OwnHistory => RiskBasis::OwnHistory,
    }
}

fn supports(support: Support) -> RiskSupport {
    match support {
        Support::SendReminder => RiskSupport::SendReminder,
        Support::AskForConfirmation => RiskSupport::AskForConfirmation,
        Support::OfferOtherTimes => RiskSupport::OfferOtherTimes,
        Support::ShortenLeadTime => RiskSupport::ShortenLeadTime,
        Support::TellPlace => RiskSupport::TellPlace,
        Support::WriteAgain => RiskSupport::WriteAgain,
    }
}

/// What forecasts rest on.
pub async fn described(tx: &mut TenantTx, lang: Lang) -> Result<GetRiskModelResponse> {
    let model = model(tx).await?;
    let day = |seconds: i64| DateTime::from_timestamp(seconds, 0).map(|time| time.format("%Y-%m-%d").to_string());
    let trained = (model.version > 0).then(|| day(model.trained_at)).flatten().unwrap_or_else(|| "never".to_owned());
    let period = model.period.and_then(|(from, until)| Some(format!("{} to {}", day(from)?, day(until)?)));
    let period = period.unwrap_or_else(|| "none".to_owned());
    let evaluation = model.evaluation.as_ref();
    Ok(GetRiskModelResponse {
        version: i32::try_from(model.version).unwrap_or(i32::MAX),
        formula: model.formula.clone(),
        train_time: (model.version > 0).then_some(prost_types::Timestamp { seconds: model.trained_at, nanos: 0 }),
        basis: basis(model.basis).into(),
        interviews: model.n.into(),
        no_shows: model.events.into(),
        brier: evaluation.map(|found| found.brier),
        base_brier: evaluation.map(|found| found.base_brier),
        auc: evaluation.and_then(|found| found.auc.as_ref()).map(|auc| auc.value),
        card: card::markdown(&model, &trained, &period),
        svg: chart(&model, &period, lang),
    })
}

/// How often people stayed away of whom that was forecast so often.
fn chart(model: &Model, period: &str, lang: Lang) -> String {
    let Some(found) = &model.evaluation else { return String::new() };
    let (title, definition) = match lang {
        Lang::En => ("Calibration of no-show forecasts", "Forecasts of interviews that were not learned from yet"),
        Lang::Zh => ("爽约预测的校准", "对尚未学习的面试所作的预测"),
    };
    let width = 1.0 / f64::from(u32::try_from(found.table.len().max(1)).unwrap_or(1));
    let bins = found.table.iter().map(|bin| Bin {
        from: (bin.predicted - width / 2.0).max(0.0),
        to: (bin.predicted + width / 2.0).min(1.0),
        predicted: bin.predicted,
        observed: Interval { value: bin.observed.value, lower: bin.observed.lower, upper: bin.observed.upper },
        k: bin.events.into(),
        n: bin.n.into(),
    });
    Calibration {
        head: Head {
            id: "risk".to_owned(),
            lang,
            title: title.to_owned(),
            period: period.to_owned(),
            zone: "UTC".to_owned(),
            n: found.n.into(),
            definition: definition.to_owned(),
            formula: model.formula.clone(),
        },
        minimum: 10,
        bins: bins.collect(),
    }
    .svg()
}
