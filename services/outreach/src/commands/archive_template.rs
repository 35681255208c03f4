//! A version goes out of use.

use chassis::{Error, Result, TenantTx};

use crate::{domain::template::Template, queries, store};

/// Errors: as `ArchiveTemplate`.
pub async fn run(tx: &mut TenantTx, id: &str, etag: &str) -> Result<Template> {
    let mut template = queries::templates::lock(tx, id).await?;
    let now = tx.now();
    template.archive(etag, now)?;
    if let Some(experiment) = store::experiments::comparing(tx, &template.id).await? {
        let error = Error::failed_precondition("TEMPLATE_IN_EXPERIMENT", "a running experiment compares this version");
        return Err(error.hint("stop the experiment first").with("experiment_id", experiment));
    }
    store::templates::update(tx, &template).await?;
    Ok(template)
}
