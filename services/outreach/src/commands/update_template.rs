//! A draft gets other texts.

use chassis::{Result, TenantTx};

use crate::{
    domain::template::{self, DEFAULT, Template, Written},
    queries, store,
};

/// Errors: as `UpdateTemplate`.
pub async fn run(tx: &mut TenantTx, id: &str, written: Vec<Written>, etag: &str) -> Result<Template> {
    let mut template = queries::templates::lock(tx, id).await?;
    let variants = template::variants(template.kind, written)?;
    let now = tx.now();
    template.rewrite(variants, etag, now)?;
    if template.name == DEFAULT {
        template.expect_guarded("variants")?;
    }
    store::templates::replace_variants(tx, &template).await?;
    store::templates::update(tx, &template).await?;
    Ok(template)
}
