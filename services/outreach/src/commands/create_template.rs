//! A template, or the next version of one, is written down as a draft.

use chassis::{Result, TenantTx};
use usher_proto::outreach::v1::MessageKind;

use crate::{
    domain::template::{self, DEFAULT, Template, Written},
    store,
};

/// Errors: as `CreateTemplate`.
pub async fn run(tx: &mut TenantTx, kind: MessageKind, name: &str, written: Vec<Written>) -> Result<Template> {
    let variants = template::variants(kind, written)?;
    let mut template = Template::draft(kind, name, variants, tx.now());
    if template.name == DEFAULT {
        template.expect_guarded("variants")?;
    }
    store::templates::insert(tx, &mut template).await?;
    Ok(template)
}
