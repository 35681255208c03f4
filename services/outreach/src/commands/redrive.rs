//! Messages that were given up get new tries.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::outreach::v1::{RedriveMessagesRequest, RedriveMessagesResponse};

use crate::{domain::message::MessageId, queries, store::dead_letters};

/// Messages in one call.
const MOST: usize = 500;

/// Those of the ids, or those that a filter means. Errors: `INVALID_ARGUMENT` (`REDRIVE_UNBOUNDED`) when neither is given.
pub async fn run(tx: &mut TenantTx, request: &RedriveMessagesRequest) -> Result<RedriveMessagesResponse> {
    let mut more = false;
    let ids: Vec<MessageId> = match (&request.filter, request.message_ids.is_empty()) {
        (_, false) => {
            let id = |(place, id): (usize, &String)| wire::id(&format!("message_ids[{place}]"), id);
            request.message_ids.iter().enumerate().map(id).collect::<Result<_>>()?
        }
        (Some(filter), true) => {
            let page = wire::Page::of(0, MOST, "")?;
            let letters = dead_letters::list(tx, &page, &queries::dead_letter_filter(Some(filter))?).await?;
            more = letters.len() > MOST;
            letters.into_iter().take(MOST).map(|letter| letter.message_id).collect()
        }
        (None, true) => {
            return Err(Error::invalid(
                "message_ids",
                "REDRIVE_UNBOUNDED",
                "or filter must say which messages are meant; an empty filter means all",
            ));
        }
    };
    let redriven = dead_letters::redrive(tx, &ids).await?;
    Ok(RedriveMessagesResponse { message_ids: redriven.iter().map(ToString::to_string).collect(), more })
}
