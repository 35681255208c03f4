//! Interviews, with what was said about them.

use chassis::wire::{duration, etag, timestamp};
use usher_proto::ats::v1 as pb;

use crate::{
    domain::{
        interview::{Interview, Interviewer},
        scorecard::{Rating, Scorecard},
    },
    store::interviews::Entry,
};

/// The scorecards are those that the reader may read; `hidden` is how many there are besides.
pub fn interview(interview: Interview, cards: Vec<Scorecard>, hidden: usize, attendance: Vec<Entry>) -> pb::Interview {
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
        feedback: cards.into_iter().map(scorecard).collect(),
        hidden_feedback: i32::try_from(hidden).unwrap_or(i32::MAX),
        offers_hold_time: interview.hold_until.map(timestamp),
        candidate_reschedules: interview.candidate_reschedules,
        answer_reason: interview.answer_reason.into(),
        cancel_time: interview.cancel_time.map(timestamp),
        cancel_reason: interview.cancel_reason,
        cancelled_in_time: interview.cancelled_in_time,
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

fn scorecard(card: Scorecard) -> pb::Feedback {
    pb::Feedback {
        author: card.author,
        recommendation: card.recommendation.into(),
        note: card.note,
        topics_asked: card.topics_asked,
        create_time: Some(timestamp(card.create_time)),
        ratings: card.ratings.into_iter().map(rating).collect(),
    }
}

fn rating(rating: Rating) -> pb::CompetencyRating {
    pb::CompetencyRating { competency: rating.competency, score: rating.score, evidence: rating.evidence }
}
