//! An experiment is written down, its arms held to the versions that are published now.

use chassis::{Error, Result, TenantTx};
use usher_proto::outreach::v1::{ExperimentArm, MessageKind};

use crate::{
    domain::experiment::{Arm, Experiment, check_arms},
    queries::templates,
    store,
};

/// Errors: as `CreateExperiment`.
pub async fn run(
    tx: &mut TenantTx,
    kind: MessageKind,
    display_name: String,
    asked: Vec<ExperimentArm>,
) -> Result<Experiment> {
    let mut found = Vec::with_capacity(asked.len());
    for (place, arm) in asked.into_iter().enumerate() {
        let template = templates::referred(tx, kind, &arm.template_id).await?.either().ok_or_else(|| {
            let what = format!("arms[{place}].template_id stands for no template of {}", kind.as_str_name());
            Error::not_found("TEMPLATE_NOT_FOUND", what)
        })?;
        template.expect_published()?;
        found.push((arm, template));
    }
    check_arms(&found.iter().map(|(arm, template)| (arm.name.as_str(), template)).collect::<Vec<_>>())?;
    let arms =
        found.into_iter().map(|(arm, template)| Arm { name: arm.name, template_id: template.id, weight: arm.weight });
    let experiment = Experiment::new(kind, display_name, arms.collect(), tx.now());
    store::experiments::insert(tx, &experiment).await?;
    Ok(experiment)
}
