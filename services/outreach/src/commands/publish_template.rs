//! A draft becomes the version in use; the one before it goes out of use.

use chassis::{Result, TenantTx};

use super::archive_template;
use crate::{domain::template::Template, queries, store};

/// Errors: as `PublishTemplate`.
pub async fn run(tx: &mut TenantTx, id: &str, etag: &str) -> Result<Template> {
    let mut template = queries::templates::lock(tx, id).await?;
    let now = tx.now();
    template.publish(etag, now)?;
    if let Some(before) = store::templates::published(tx, template.kind, &template.name).await? {
        archive_template::run(tx, &before.id, "").await?;
    }
    store::templates::update(tx, &template).await?;
    Ok(template)
}
