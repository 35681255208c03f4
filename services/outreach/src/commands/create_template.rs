//! A tenant publishes a template version of its own.

use chassis::{Result, TenantTx};
use usher_proto::outreach::v1::CreateTemplateRequest;

use crate::{
    domain::{message::Template, render},
    store,
};

pub async fn run(tx: &mut TenantTx, request: CreateTemplateRequest) -> Result<Template> {
    render::check("subject", &request.subject)?;
    render::check("body", &request.body)?;
    store::templates::insert(tx, request.kind(), &request.language, &request.subject, &request.body).await
}
