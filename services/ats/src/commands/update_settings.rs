//! A tenant says how it works.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::UpdateSettingsRequest;

use crate::{domain::settings::Settings, store};

const FIELDS: [&str; 3] = ["default_stages", "default_offer_approvers", "onboarding_checklist"];

pub async fn run(tx: &mut TenantTx, request: UpdateSettingsRequest) -> Result<Settings> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let asked = request.settings.ok_or_else(|| Error::invalid("settings", "FIELD_REQUIRED", "is required"))?;
    let mut settings = store::settings::lock(tx).await?;
    wire::check_etag(&request.etag, settings.version)?;
    if mask.iter().any(|path| path == "default_stages") {
        settings.default_stages = asked.default_stages.into_iter().map(super::create_job::stage).collect();
    }
    if mask.iter().any(|path| path == "default_offer_approvers") {
        settings.default_offer_approvers = asked.default_offer_approvers;
    }
    if mask.iter().any(|path| path == "onboarding_checklist") {
        settings.onboarding_checklist = asked.onboarding_checklist.into_iter().map(super::onboarding::entry).collect();
    }
    settings.check()?;
    settings.version += 1;
    settings.update_time = Some(tx.now());
    store::settings::update(tx, &settings).await?;
    Ok(settings)
}
