//! Experiments.

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page},
};
use usher_proto::outreach::v1::{ListExperimentsRequest, MessageKind};

use crate::{domain::experiment::Experiment, store};

/// One page, newest first, and the token of the next.
pub async fn list(tx: &mut TenantTx, request: &ListExperimentsRequest) -> Result<(Vec<Experiment>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let kind = Some(request.kind()).filter(|kind| *kind != MessageKind::Unspecified);
    let found = store::experiments::list(tx, &page, kind).await?;
    Ok(page.cut(found, |experiment| Cursor { time: experiment.create_time, id: experiment.id.0 }))
}
