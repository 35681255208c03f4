//! A tenant says how it works.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::{self as pb, UpdateSettingsRequest};

use crate::{
    domain::{
        cadence::{Rule, rule::Draft},
        settings::{ReschedulePolicy, Settings},
    },
    store,
};

const FIELDS: [&str; 5] =
    ["default_stages", "reschedule_policy", "cadences", "default_offer_approvers", "onboarding_checklist"];

pub async fn run(tx: &mut TenantTx, request: UpdateSettingsRequest) -> Result<Settings> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let asked = request.settings.ok_or_else(|| Error::invalid("settings", "FIELD_REQUIRED", "is required"))?;
    let mut settings = store::settings::lock(tx).await?;
    wire::check_etag(&request.etag, settings.version)?;
    let named = |name: &str| mask.iter().any(|path| path == name);
    if named("default_stages") {
        settings.default_stages = asked.default_stages.into_iter().map(super::create_job::stage).collect();
    }
    if named("reschedule_policy") {
        settings.reschedule_policy = reschedule_policy(asked.reschedule_policy)?;
    }
    if named("cadences") {
        let rules = asked.cadences.into_iter().enumerate();
        let rules: Vec<Rule> =
            rules.map(|(place, asked)| rule(&format!("settings.cadences[{place}]"), asked)).collect::<Result<_>>()?;
        settings.cadences = Some(rules);
        store::timers::look_again(tx).await?;
    }
    if named("default_offer_approvers") {
        settings.default_offer_approvers = asked.default_offer_approvers;
    }
    if named("onboarding_checklist") {
        settings.onboarding_checklist = asked.onboarding_checklist.into_iter().map(super::onboarding::entry).collect();
    }
    settings.check()?;
    settings.version += 1;
    settings.update_time = Some(tx.now());
    store::settings::update(tx, &settings).await?;
    Ok(settings)
}

/// What is left out is as the house does it.
fn reschedule_policy(asked: Option<pb::ReschedulePolicy>) -> Result<ReschedulePolicy> {
    let usual = ReschedulePolicy::default();
    let Some(asked) = asked else { return Ok(usual) };
    let span = |field: &str, span: Option<&prost_types::Duration>, usual| match span {
        None => Ok(usual),
        Some(span) => wire::span(&format!("settings.reschedule_policy.{field}"), span),
    };
    Ok(ReschedulePolicy::new(
        span("cutoff", asked.cutoff.as_ref(), usual.cutoff())?,
        asked.cap,
        span("hold", asked.hold.as_ref(), usual.hold())?,
    ))
}

/// A rule as the wire has it.
pub fn rule(field: &str, asked: pb::CadenceRule) -> Result<Rule> {
    let span = |name: &str, span: Option<&prost_types::Duration>| match span {
        None => Ok(chrono::TimeDelta::zero()),
        Some(span) => wire::span(&format!("{field}.{name}"), span),
    };
    Ok(Rule::new(Draft {
        trigger: asked.trigger(),
        mode: asked.mode(),
        message_kind: asked.message_kind(),
        delay: span("delay", asked.delay.as_ref())?,
        every: span("every", asked.every.as_ref())?,
        key: asked.key,
        enabled: asked.enabled,
        at_most: asked.at_most,
        channels: asked.channels,
    }))
}
