//! What came back.

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page, optional_id},
};
use usher_proto::outreach::v1::{ListRepliesRequest, ListUnmatchedRepliesRequest};

use super::contact;
use crate::{
    domain::reply::Reply,
    store::{self, replies::Filter},
};

/// One page of replies of which it is known whose they are, and the token of the next.
pub async fn list(tx: &mut TenantTx, request: &ListRepliesRequest) -> Result<(Vec<Reply>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let filter = Filter {
        people: contact::named(tx, &request.candidate_id).await?,
        message: optional_id("message_id", &request.message_id)?,
        application: optional_id("application_id", &request.application_id)?,
        intent: request.intent(),
        kind: request.kind(),
    };
    let found = store::replies::list(tx, &page, &filter).await?;
    Ok(page.cut(found, cursor))
}

/// One page of those that wait, and the token of the next.
pub async fn waiting(tx: &mut TenantTx, request: &ListUnmatchedRepliesRequest) -> Result<(Vec<Reply>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let found = store::replies::waiting(tx, &page).await?;
    Ok(page.cut(found, cursor))
}

fn cursor(reply: &Reply) -> Cursor {
    Cursor { time: reply.receive_time, id: reply.id.0 }
}
