//! The host changes an interview: completes it, offers other times, calls it off, takes its links back.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{CancelInterviewRequest, OfferTimesRequest, RevokeCentreLinksRequest, TaskKind, UpdateInterviewRequest},
    outreach::v1::MessageKind,
};

use super::{say, schedule_interview::times, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{Change, Interview, InterviewId, check_offered},
    },
    store,
};

const FIELDS: [&str; 5] = ["place", "link", "materials", "contact_name", "contact_channel"];

pub async fn update(tx: &mut TenantTx, request: UpdateInterviewRequest) -> Result<Interview> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    wire::check_etag(&request.etag, interview.version)?;
    let mut details = interview.details();
    for path in &mask {
        match path.as_str() {
            "place" => details.place.clone_from(&request.place),
            "link" => details.link.clone_from(&request.link),
            "materials" => details.materials.clone_from(&request.materials),
            "contact_name" => details.contact_name.clone_from(&request.contact_name),
            _ => details.contact_channel.clone_from(&request.contact_channel),
        }
    }
    let tell = interview.complete(details, tx.now())?;
    say::tell(tx, &mut interview, tell).await?;
    store::interviews::update(tx, &interview).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn offer_times(tx: &mut TenantTx, cadence: &Cadence, request: OfferTimesRequest) -> Result<Interview> {
    let offered = check_offered("start_times", times("start_times", &request.start_times)?, tx.now())?;
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    interview.offer(offered, tx.now())?;
    store::interviews::update(tx, &interview).await?;
    say::watch(tx, cadence, &interview).await?;
    say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn cancel(tx: &mut TenantTx, request: CancelInterviewRequest) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    if interview.cancel(tx.now())? == Change::None {
        return Ok(interview);
    }
    call_off(tx, &interview, request.reason).await?;
    tell_called_off(tx, &interview).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

/// Saves that an interview was called off, ends what waited for it, and says so.
pub async fn call_off(tx: &mut TenantTx, interview: &Interview, reason: String) -> Result<()> {
    store::interviews::update(tx, interview).await?;
    say::over(tx, interview).await?;
    say::cancelled(tx, interview, reason).await
}

/// Tells the candidate, who would otherwise come.
pub async fn tell_called_off(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    if !interview.is_ahead(tx.now()) {
        return Ok(());
    }
    let number = interview.calendar_sequence.into();
    say::message(tx, MessageKind::InterviewCancelled, "cancelled", number, interview).await
}

pub async fn revoke_links(tx: &mut TenantTx, request: RevokeCentreLinksRequest) -> Result<u64> {
    let id: InterviewId = wire::id("interview_id", &request.interview_id)?;
    store::interviews::get(tx, id).await?;
    store::links::revoke(tx, id).await
}
