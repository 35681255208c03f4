//! An interview from before Usher.

use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{Attendance, ExpectedAttendance};

use super::{CandidateId, interview::InterviewId};

/// A finished fact.
#[derive(Debug, Clone)]
pub struct PastInterview {
    pub id: InterviewId,
    /// Where it stands in its file.
    pub line: i64,
    /// Tells the row from all others.
    pub row_key: String,
    /// `None` when nobody knows the person here.
    pub candidate_id: Option<CandidateId>,
    pub position: String,
    pub stage: String,
    pub start_time: DateTime<Utc>,
    pub time_zone: String,
    pub attendance: Attendance,
    pub expected: ExpectedAttendance,
    pub reminder_channel: String,
}
