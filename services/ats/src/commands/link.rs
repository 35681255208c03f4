//! A link to the candidate centre.

use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::CreateCentreLinkRequest;
use uuid::Uuid;

use crate::{
    domain::link::{self, LinkKey},
    store::{self, links::Opens},
};

pub async fn run(
    tx: &mut TenantTx,
    key: &LinkKey,
    request: CreateCentreLinkRequest,
) -> Result<(String, DateTime<Utc>)> {
    let (opens, expires) = match (request.interview_id.as_str(), request.application_id.as_str()) {
        (interview, "") if !interview.is_empty() => {
            let interview = store::interviews::get(tx, wire::id("interview_id", interview)?).await?;
            let opens = Opens { application_id: interview.application_id, interview_id: Some(interview.id) };
            (opens, link::expiry(&interview))
        }
        ("", application) if !application.is_empty() => {
            let application = store::applications::get(tx, wire::id("application_id", application)?).await?;
            let offer = store::offers::last_sent(tx, application.id).await?;
            let opens = Opens { application_id: application.id, interview_id: None };
            (opens, link::expiry_of_application(offer.as_ref(), tx.now()))
        }
        _ => {
            return Err(Error::invalid(
                "interview_id",
                "SUBJECT_REQUIRED",
                "or application_id must be named, not both",
            ));
        }
    };
    let id = Uuid::now_v7();
    store::links::insert(tx, id, opens, expires).await?;
    Ok((key.write(tx.tenant(), id), expires))
}
