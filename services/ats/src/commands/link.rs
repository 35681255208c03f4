//! Links to the candidate centre.

use std::collections::HashMap;

use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::CreateCentreLinkRequest;
use uuid::Uuid;

use crate::{
    domain::{
        interview::{Interview, InterviewId},
        link::{self, LinkKey},
    },
    store::{self, links::Opens},
};

/// A link's token, and until when it works.
pub type Link = (String, DateTime<Utc>);

pub async fn run(tx: &mut TenantTx, key: &LinkKey, request: CreateCentreLinkRequest) -> Result<Link> {
    let made = run_all(tx, key, &[request]).await?.into_iter().next();
    made.unwrap_or_else(|| Err(Error::internal("a link has no result", &"link")))
}

/// Makes links, each with its own result, in their order: one statement for all interviews, one for all links.
pub async fn run_all(
    tx: &mut TenantTx,
    key: &LinkKey,
    requests: &[CreateCentreLinkRequest],
) -> Result<Vec<Result<Link>>> {
    let ids: Vec<InterviewId> = requests.iter().filter_map(|request| request.interview_id.parse().ok()).collect();
    let interviews = if ids.is_empty() { Vec::new() } else { store::interviews::of(tx, &ids).await? };
    let interviews: HashMap<String, Interview> =
        interviews.into_iter().map(|interview| (interview.id.to_string(), interview)).collect();
    let (mut links, mut results) = (Vec::new(), Vec::new());
    for request in requests {
        match subject(tx, &interviews, request).await {
            Ok((opens, expires)) => {
                let id = Uuid::now_v7();
                links.push((id, opens, expires));
                results.push(Ok((key.write(tx.tenant(), id), expires)));
            }
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => results.push(Err(error)),
        }
    }
    store::links::insert_all(tx, &links).await?;
    Ok(results)
}

/// What a link is to open, and until when.
async fn subject(
    tx: &mut TenantTx,
    interviews: &HashMap<String, Interview>,
    request: &CreateCentreLinkRequest,
) -> Result<(Opens, DateTime<Utc>)> {
    match (request.interview_id.as_str(), request.application_id.as_str()) {
        (id, "") if !id.is_empty() => {
            let interview = interviews.get(id).ok_or_else(store::interviews::not_found)?;
            let opens = Opens { application_id: interview.application_id, interview_id: Some(interview.id) };
            Ok((opens, link::expiry(interview)))
        }
        ("", application) if !application.is_empty() => {
            let application = store::applications::get(tx, wire::id("application_id", application)?).await?;
            let offer = store::offers::last_sent(tx, application.id).await?;
            let opens = Opens { application_id: application.id, interview_id: None };
            Ok((opens, link::expiry_of_application(offer.as_ref(), tx.now())))
        }
        _ => Err(Error::invalid("interview_id", "SUBJECT_REQUIRED", "or application_id must be named, not both")),
    }
}
