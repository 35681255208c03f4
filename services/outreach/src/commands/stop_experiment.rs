//! An experiment ends for good.

use chassis::{Result, TenantTx};

use crate::{
    domain::experiment::{Experiment, ExperimentId},
    store,
};

/// Errors: as `StopExperiment`.
pub async fn run(tx: &mut TenantTx, id: ExperimentId) -> Result<Experiment> {
    let mut experiment = store::experiments::lock(tx, id).await?;
    let now = tx.now();
    experiment.stop(now)?;
    store::experiments::update(tx, &experiment).await?;
    Ok(experiment)
}
