//! The host changes an interview: completes it, offers other times, moves it, calls it off, takes its links back.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{
        CancelInterviewRequest, InterviewRescheduled, InterviewState, OfferTimesRequest, RescheduleInterviewRequest,
        RevokeCentreLinksRequest, TaskKind, UpdateInterviewRequest,
    },
    outreach::v1::MessageKind,
};

use super::{
    history, say,
    schedule_interview::{interviewer, start, times},
    turn,
};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{
            Change, Interview, InterviewId, Invitation, Tell, check_answer_by, check_duration, check_hold,
            check_offered, check_start,
        },
        moment::What,
        timer::TimerKind,
    },
    store,
};

const FIELDS: [&str; 6] = ["place", "link", "materials", "contact_name", "contact_channel", "interviewers"];

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
            "interviewers" => details.interviewers = request.interviewers.iter().cloned().map(interviewer).collect(),
            _ => details.contact_channel.clone_from(&request.contact_channel),
        }
    }
    if details.interviewers.is_empty() {
        return Err(Error::invalid("interviewers", "FIELD_REQUIRED", "must name at least one"));
    }
    let tell = interview.complete(details, tx.now())?;
    say::tell(tx, &mut interview, tell).await?;
    store::interviews::update(tx, &interview).await?;
    store::bookings::settle(tx, &interview).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn offer_times(tx: &mut TenantTx, cadence: &Cadence, request: OfferTimesRequest) -> Result<Interview> {
    let offered = check_offered("start_times", times("start_times", &request.start_times)?, tx.now())?;
    let hold = request.hold_for.as_ref().map(|span| wire::span("hold_for", span)).transpose()?;
    let hold_until = check_hold(hold, &store::settings::get(tx).await?.reschedule_policy, tx.now())?;
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    interview.offer(offered, hold_until, tx.now())?;
    store::interviews::update(tx, &interview).await?;
    history::happened(tx, cadence, interview.id, vec![What::TimesOffered { until: hold_until }]).await?;
    say::watch(tx, &interview).await?;
    say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    // Who asked for them is told that there are some; who did not finds them on their page.
    if interview.state == InterviewState::OtherTimeRequested {
        let number = interview.version;
        say::message(tx, MessageKind::RescheduleOffer, "reschedule_offer", number, &interview).await?;
    }
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn reschedule(
    tx: &mut TenantTx,
    cadence: &Cadence,
    request: RescheduleInterviewRequest,
) -> Result<Interview> {
    let now = tx.now();
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    wire::check_etag(&request.etag, interview.version)?;
    let choice = request.wall_time_choice();
    let start_time = start(request.start_time.as_ref(), &request.start_wall_time, choice, &interview.time_zone)?;
    check_start("start_time", start_time, now)?;
    let duration = request.duration.as_ref().map(|span| wire::span("duration", span)).transpose()?;
    let duration = check_duration(Some(duration.unwrap_or(interview.duration)))?;
    let answer_by = request.answer_by.as_ref().map(|time| wire::instant("answer_by", time)).transpose()?;
    let answer_by = check_answer_by(answer_by, start_time, now)?;
    let previous = interview.start_time;
    if interview.reschedule(start_time, duration, answer_by, now)? == Change::None {
        return Ok(interview);
    }
    // Who knows the old time is told the new one; who does not is invited to the new one.
    if interview.invitation == Invitation::Sent {
        let number = interview.calendar_sequence.into();
        say::message(tx, MessageKind::InterviewRescheduled, "rescheduled", number, &interview).await?;
    } else {
        say::tell(tx, &mut interview, Tell::Invitation).await?;
    }
    store::interviews::update(tx, &interview).await?;
    history::happened(tx, cadence, interview.id, vec![What::Moved { start: start_time }]).await?;
    say::watch(tx, &interview).await?;
    say::settle(tx, &interview, &[TaskKind::InvitationUnanswered, TaskKind::OfferTimes]).await?;
    let rescheduled = InterviewRescheduled {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        start_time: Some(wire::timestamp(interview.start_time)),
        previous_start_time: Some(wire::timestamp(previous)),
        time_zone: interview.time_zone.clone(),
    };
    outbox::append(tx, interview.id, &rescheduled).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

/// The time for which offered times are held has ended. False when there was nothing to do, or somebody else is at the
/// interview just now.
pub async fn release_offers(tx: &mut TenantTx, id: InterviewId) -> Result<bool> {
    let Some(mut interview) = store::interviews::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::ReleaseOffers).await? {
        return Ok(false);
    }
    if interview.offers_end(tx.now()).is_some() || !interview.is_open(tx.now()) {
        return Ok(true);
    }
    // The page shows none of them any more.
    interview.version += 1;
    store::interviews::update(tx, &interview).await?;
    store::bookings::settle(tx, &interview).await?;
    if interview.state == InterviewState::OtherTimeRequested {
        say::offer_times(tx, &interview, "The candidate needs another time and has taken none of those offered.")
            .await?;
    }
    turn::settle(tx, interview.application_id).await?;
    Ok(true)
}

pub async fn cancel(tx: &mut TenantTx, request: CancelInterviewRequest) -> Result<Interview> {
    let policy = store::settings::get(tx).await?.reschedule_policy;
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    if interview.cancel(&policy, request.reason, tx.now())? == Change::None {
        return Ok(interview);
    }
    call_off(tx, &interview).await?;
    tell_called_off(tx, &interview, MessageKind::InterviewCancelled).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

/// Saves that an interview was called off, ends what waited for it, and says so.
pub async fn call_off(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    store::interviews::update(tx, interview).await?;
    say::over(tx, interview).await?;
    history::ended(tx, interview.id, What::Cancelled).await?;
    say::cancelled(tx, interview).await
}

/// Tells the candidate, who would otherwise come; or thanks them, when it was them who called it off. Either way it leaves
/// their calendar.
pub async fn tell_called_off(tx: &mut TenantTx, interview: &Interview, kind: MessageKind) -> Result<()> {
    if !interview.is_ahead(tx.now()) {
        return Ok(());
    }
    let number = interview.calendar_sequence.into();
    say::message(tx, kind, "cancelled", number, interview).await
}

pub async fn revoke_links(tx: &mut TenantTx, request: RevokeCentreLinksRequest) -> Result<u64> {
    let id: InterviewId = wire::id("interview_id", &request.interview_id)?;
    store::interviews::get(tx, id).await?;
    store::links::revoke(tx, id).await
}
