//! A link to the candidate centre.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::ats::v1::CreateCentreLinkRequest;
use uuid::Uuid;

use crate::{domain::link::LinkKey, store};

/// A link works until so long after the interview, so that it can be looked up again.
const AFTER_END: TimeDelta = TimeDelta::days(7);

pub async fn run(
    tx: &mut TenantTx,
    key: &LinkKey,
    request: CreateCentreLinkRequest,
) -> Result<(String, DateTime<Utc>)> {
    let interview = store::interviews::get(tx, wire::id("interview_id", &request.interview_id)?).await?;
    // A taken time can lie later than the one that stands now.
    let last = interview.offered_times.iter().copied().max().unwrap_or(interview.start_time).max(interview.start_time);
    let expires = last + interview.duration + AFTER_END;
    let link = Uuid::now_v7();
    store::links::insert(tx, link, interview.id, expires).await?;
    Ok((key.write(tx.tenant(), link), expires))
}
