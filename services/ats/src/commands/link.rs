//! A link to the candidate centre.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::CreateCentreLinkRequest;
use uuid::Uuid;

use crate::{
    domain::link::{self, LinkKey},
    store,
};

pub async fn run(
    tx: &mut TenantTx,
    key: &LinkKey,
    request: CreateCentreLinkRequest,
) -> Result<(String, DateTime<Utc>)> {
    let interview = store::interviews::get(tx, wire::id("interview_id", &request.interview_id)?).await?;
    let expires = link::expiry(&interview);
    let id = Uuid::now_v7();
    store::links::insert(tx, id, interview.id, expires).await?;
    Ok((key.write(tx.tenant(), id), expires))
}
