//! A draft becomes the version in use; the one before it goes out of use.

use chassis::{Result, TenantTx};

use super::archive_template;
use crate::{
    domain::{
        clear::template::{self, Sample},
        template::Template,
    },
    queries, store,
};

/// The template, and what its texts are like to read. Errors: as `PublishTemplate`.
pub async fn run(tx: &mut TenantTx, id: &str, etag: &str) -> Result<(Template, Vec<Sample>)> {
    let mut template = queries::templates::lock(tx, id).await?;
    let now = tx.now();
    template.publish(etag, now)?;
    let tuning = store::clarity::get(tx).await?.tuning();
    let samples = template::read(&template, &tuning, now)?;
    template::expect_clear(&samples)?;
    if let Some(before) = store::templates::published(tx, template.kind, &template.name).await? {
        archive_template::run(tx, &before.id, "").await?;
    }
    store::templates::update(tx, &template).await?;
    Ok((template, samples))
}
