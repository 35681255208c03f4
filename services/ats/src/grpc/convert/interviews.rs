//! Interviews, with what was said about them.

use chassis::wire::{duration, etag, timestamp};
use usher_proto::ats::v1 as pb;

use crate::{
    domain::interview::{Interview, Interviewer},
    store::interviews::{Entry, Feedback},
};

pub fn interview(interview: Interview, feedback: Vec<Feedback>, attendance: Vec<Entry>) -> pb::Interview {
    pb::Interview {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage,
        attempt: interview.attempt,
        state: interview.state.into(),
        attendance: interview.attendance.into(),
        start_time: Some(timestamp(interview.start_time)),
        duration: Some(duration(interview.duration)),
        time_zone: interview.time_zone,
        place: interview.place,
        link: interview.link,
        interviewers: interview.interviewers.into_iter().map(interviewer).collect(),
        materials: interview.materials,
        contact_name: interview.contact_name,
        contact_channel: interview.contact_channel,
        answer_by: Some(timestamp(interview.answer_by)),
        offered_times: interview.offered_times.into_iter().map(timestamp).collect(),
        candidate_note: interview.candidate_note,
        calendar_sequence: interview.calendar_sequence,
        team_introduction: interview.team_introduction,
        feedback: feedback.into_iter().map(given).collect(),
        create_time: Some(timestamp(interview.create_time)),
        etag: etag(interview.version),
        attendance_history: attendance.into_iter().map(entry).collect(),
    }
}

fn entry(entry: Entry) -> pb::AttendanceEntry {
    pb::AttendanceEntry {
        attendance: entry.attendance.into(),
        corrects: entry.corrects.into(),
        reason: entry.reason,
        actor: entry.actor,
        time: Some(timestamp(entry.time)),
    }
}

pub(super) fn interviewer(interviewer: Interviewer) -> pb::Interviewer {
    pb::Interviewer { user_id: interviewer.user_id, display_name: interviewer.display_name, title: interviewer.title }
}

fn given(feedback: Feedback) -> pb::Feedback {
    pb::Feedback {
        author: feedback.author,
        recommendation: feedback.recommendation.into(),
        note: feedback.note,
        topics_asked: feedback.topics_asked,
        create_time: Some(timestamp(feedback.create_time)),
    }
}
