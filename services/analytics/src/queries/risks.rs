//! How likely people are to miss their interviews.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx, ids::read_type_id, wire};
use chrono::{DateTime, Utc};
use usher_proto::analytics::v1::{NoShowRisk, RiskBasis, RiskReason, RiskSupport};
use uuid::Uuid;

use super::earlier::Others;
use crate::{
    domain::{
        risk::{
            model::{Basis, Model, train},
            predict::Risk,
            prior,
            support::Support,
        },
        snapshot::{self, DISTANCE},
        story::{Interview, Story},
    },
    store,
};

/// The model that forecasts: the tenant's last one, or general priors where it has none.
pub async fn model(tx: &mut TenantTx) -> Result<Model> {
    if let Some(model) = store::risk::last(tx).await? {
        return Ok(model);
    }
    train(&[], &prior::general(), 1, 0, 0).map_err(|error| Error::internal("general priors make no model", &error))
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
fn moment(interview: &Interview<'_>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
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

/// What a forecast rests on.
pub fn basis(basis: Basis) -> RiskBasis {
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
