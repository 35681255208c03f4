//! A tenant says how it works.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::{self as pb, UpdateSettingsRequest};

use crate::{
    domain::settings::{ReschedulePolicy, Settings},
    store,
};

const FIELDS: [&str; 2] = ["default_stages", "reschedule_policy"];

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
