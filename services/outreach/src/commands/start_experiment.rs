//! An experiment begins to draw.

use chassis::{Result, TenantTx};

use crate::{
    domain::experiment::{Experiment, ExperimentId},
    queries::templates,
    store,
};

/// Errors: as `StartExperiment`.
pub async fn run(tx: &mut TenantTx, id: ExperimentId) -> Result<Experiment> {
    let mut experiment = store::experiments::lock(tx, id).await?;
    let now = tx.now();
    experiment.start(now)?;
    for arm in &experiment.arms {
        if arm.template_id.starts_with("tmpl_") {
            // Whoever archives it waits, and then sees that the experiment runs.
            templates::lock(tx, &arm.template_id).await?.expect_published()?;
        }
    }
    store::experiments::update(tx, &experiment).await?;
    Ok(experiment)
}
