//! With whom of those who are part of a person something happened.
//!
//! After a merge the services speak of the survivor, also where something belongs to an application of the absorbed one. It
//! is kept as the absorbed one's, so that it goes with them when the merge is undone. An application is theirs with whom it
//! began.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{
        ApplicationCreated, ApplicationEnded, ApplicationMoved, ApplicationReassigned, ApplicationUnrejected,
        AttendanceRecorded, EmployerSilenceBreached, FeedbackRecorded, Hired, InterviewAnswered, InterviewCancelled,
        InterviewRescheduled, InterviewScheduled, JoiningRecorded, MessageRequested, NoShowExplained, OfferAnswered,
        OfferClosed, OfferSent, StartDateMoved, TaskChanged, TaskCompleted, TaskCreated,
    },
    eventlog::v1::Event,
    outreach::v1::{MessageBounced, MessageFailed, MessageQueued, MessageRefused, MessageSent, ReplyClassified},
    talent::v1::CandidatesUnmerged,
};

use crate::{domain::candidate::CandidateId, store};

/// The first line whose message is the event's says to which application it belongs.
macro_rules! application_of {
    ($event:expr, $($type:ident),+ $(,)?) => {$(
        if let Some(said) = outbox::read::<$type>($event)? {
            return Ok(said.application_id);
        }
    )+};
}

/// Of those whom events name and all who are part of them: with whom each happened, in order.
pub async fn of(tx: &mut TenantTx, named: &[(CandidateId, &Event)]) -> Result<Vec<CandidateId>> {
    let mut theirs = Vec::with_capacity(named.len());
    let mut asked = Vec::new();
    for (place, (candidate, event)) in named.iter().enumerate() {
        theirs.push(*candidate);
        if let Some(said) = outbox::read::<ApplicationCreated>(event)? {
            theirs[place] = wire::optional_id("origin_candidate_id", &said.origin_candidate_id)?.unwrap_or(*candidate);
            continue;
        }
        let application = application(event)?;
        if !application.is_empty() {
            asked.push((place, *candidate, application));
        }
    }
    if asked.is_empty() {
        return Ok(theirs);
    }
    let ids: Vec<CandidateId> = asked.iter().map(|(_, candidate, _)| *candidate).collect();
    let wholes = store::merges::wholes(tx, &ids).await?;
    for (place, candidate, application) in asked {
        // Few are several.
        if let Some(whole) = wholes.get(&candidate).filter(|whole| whole.members.len() > 1) {
            theirs[place] = store::timeline::beginner(tx, &whole.members, &application).await?.unwrap_or(candidate);
        }
    }
    Ok(theirs)
}

/// Who is somebody of their own again, besides the one whom the event names.
pub fn parted(event: &Event) -> Result<Option<CandidateId>> {
    let said = outbox::read::<CandidatesUnmerged>(event)?;
    said.map(|said| wire::id("absorbed_id", &said.absorbed_id)).transpose()
}

/// The application to which what happened belongs; empty when to none.
fn application(event: &Event) -> Result<String> {
    application_of!(
        event,
        ApplicationMoved,
        ApplicationEnded,
        ApplicationUnrejected,
        ApplicationReassigned,
        EmployerSilenceBreached,
        InterviewScheduled,
        InterviewAnswered,
        InterviewRescheduled,
        InterviewCancelled,
        AttendanceRecorded,
        NoShowExplained,
        FeedbackRecorded,
        TaskCreated,
        OfferSent,
        OfferAnswered,
        OfferClosed,
        Hired,
        StartDateMoved,
        JoiningRecorded,
        MessageQueued,
        MessageRefused,
        MessageSent,
        MessageFailed,
        MessageBounced,
        ReplyClassified,
    );
    let task = if let Some(said) = outbox::read::<TaskChanged>(event)? {
        said.task
    } else {
        outbox::read::<TaskCompleted>(event)?.and_then(|said| said.task)
    };
    if let Some(task) = task {
        return Ok(task.application_id);
    }
    let draft = outbox::read::<MessageRequested>(event)?.and_then(|said| said.draft);
    Ok(draft.map(|draft| draft.application_id).unwrap_or_default())
}
