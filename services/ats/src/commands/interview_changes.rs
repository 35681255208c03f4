//! The host changes an interview: completes it, offers other times, calls it off.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{CancelInterviewRequest, InterviewCancelled, OfferTimesRequest, TaskKind, UpdateInterviewRequest},
    outreach::v1::MessageKind,
};

use super::{say, schedule_interview::times};
use crate::{
    domain::interview::{Change, Interview, Invitation},
    store,
};

const FIELDS: [&str; 5] = ["place", "link", "materials", "contact_name", "contact_channel"];

pub async fn update(tx: &mut TenantTx, request: UpdateInterviewRequest) -> Result<Interview> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    wire::check_etag(&request.etag, interview.version)?;
    interview.must_be_ahead(tx.now())?;
    let before = (interview.place.clone(), interview.link.clone());
    for path in &mask {
        match path.as_str() {
            "place" => interview.place.clone_from(&request.place),
            "link" => interview.link.clone_from(&request.link),
            "materials" => interview.materials.clone_from(&request.materials),
            "contact_name" => interview.contact_name.clone_from(&request.contact_name),
            _ => interview.contact_channel.clone_from(&request.contact_channel),
        }
    }
    interview.version += 1;
    let moved = before != (interview.place.clone(), interview.link.clone());
    match interview.invitation {
        Invitation::Refused => say::invitation(tx, &mut interview).await?,
        Invitation::Sent if moved => {
            interview.calendar_sequence += 1;
            let number = interview.calendar_sequence.into();
            say::message(tx, MessageKind::InterviewRescheduled, "update", number, &interview).await?;
        }
        // What outreach makes of a pending invitation is heard later; see `hear_message`.
        Invitation::Sent | Invitation::Pending => {}
    }
    store::interviews::update(tx, &interview).await?;
    Ok(interview)
}

pub async fn offer_times(tx: &mut TenantTx, request: OfferTimesRequest) -> Result<Interview> {
    let offered = times("start_times", &request.start_times)?;
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    interview.offer(offered, tx.now())?;
    store::interviews::update(tx, &interview).await?;
    say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    Ok(interview)
}

pub async fn cancel(tx: &mut TenantTx, request: CancelInterviewRequest) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    if interview.cancel()? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    say::called_off(tx, &interview).await?;
    let cancelled = InterviewCancelled {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        reason: request.reason,
    };
    outbox::append(tx, interview.id, &cancelled).await?;
    let number = interview.calendar_sequence.into();
    say::message(tx, MessageKind::InterviewCancelled, "cancelled", number, &interview).await?;
    Ok(interview)
}
