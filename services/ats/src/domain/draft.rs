//! What a message about an interview says, as facts.

use chassis::wire;
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::InterviewState,
    outreach::v1::{MessageDraft, MessageFacts, MessageKind},
};

use super::{interview::Interview, job::Job};

/// The draft of one send. `what` and `number` name it within the interview, so that it is sent once.
pub fn draft(
    kind: MessageKind,
    what: &str,
    number: i64,
    interview: &Interview,
    job: &Job,
    now: DateTime<Utc>,
) -> MessageDraft {
    // A new time that the host chose is asked about like the first one; one that the candidate took is not.
    let answer_by = match kind {
        MessageKind::InterviewInvitation | MessageKind::InterviewReminder => true,
        MessageKind::InterviewRescheduled => interview.state == InterviewState::Scheduled,
        _ => false,
    };
    let offered_times = match kind {
        MessageKind::RescheduleOffer => interview.free_times(now),
        _ => Vec::new(),
    };
    MessageDraft {
        business_key: format!("{}/{what}/{number}", interview.id),
        kind: kind.into(),
        candidate_id: interview.candidate_id.to_string(),
        application_id: interview.application_id.to_string(),
        interview_id: interview.id.to_string(),
        facts: Some(MessageFacts {
            position: job.title.clone(),
            company: job.company_name.clone(),
            start_time: Some(wire::timestamp(interview.start_time)),
            duration: Some(wire::duration(interview.duration)),
            time_zone: interview.time_zone.clone(),
            place: interview.place.clone(),
            link: interview.link.clone(),
            interviewers: interview.interviewers.iter().map(introduced).collect(),
            materials: interview.materials.clone(),
            contact_name: interview.contact_name.clone(),
            contact_channel: interview.contact_channel.clone(),
            answer_by: answer_by.then(|| wire::timestamp(interview.answer_by)),
            team_introduction: interview.team_introduction.clone(),
            calendar_uid: interview.calendar_uid(),
            calendar_sequence: interview.calendar_sequence,
            offered_times: offered_times.into_iter().map(wire::timestamp).collect(),
            ..MessageFacts::default()
        }),
        ..MessageDraft::default()
    }
}

fn introduced(interviewer: &super::interview::Interviewer) -> String {
    match interviewer.title.as_str() {
        "" => interviewer.display_name.clone(),
        title => format!("{}, {title}", interviewer.display_name),
    }
}
