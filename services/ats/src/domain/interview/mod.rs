//! A meeting with a candidate, and which of its states follow which.

mod answers;
mod checks;
#[cfg(test)]
pub mod tests;

use std::collections::BTreeSet;

use chassis::{Error, Result, id};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::ats::v1::{AnswerReason, Attendance, InterviewState};

pub use self::{
    answers::Block,
    checks::{check_answer_by, check_duration, check_hold, check_offered, check_start},
};
use super::{
    CandidateId, application::ApplicationId, cadence::halfway, job::JobId, settings::ReschedulePolicy, spans::Span,
};

id!(
    /// An interview.
    InterviewId,
    "intv"
);

/// Which state may follow which. Taking an offered time goes to confirmed, and a new time by the host to scheduled, from
/// wherever an answer is possible.
pub const MOVES: &[(InterviewState, InterviewState)] = &[
    (InterviewState::Scheduled, InterviewState::Scheduled),
    (InterviewState::Scheduled, InterviewState::Confirmed),
    (InterviewState::Scheduled, InterviewState::OtherTimeRequested),
    (InterviewState::Scheduled, InterviewState::Declined),
    (InterviewState::Scheduled, InterviewState::Cancelled),
    (InterviewState::Scheduled, InterviewState::Concluded),
    (InterviewState::Confirmed, InterviewState::Scheduled),
    (InterviewState::Confirmed, InterviewState::Confirmed),
    (InterviewState::Confirmed, InterviewState::OtherTimeRequested),
    (InterviewState::Confirmed, InterviewState::Declined),
    (InterviewState::Confirmed, InterviewState::Cancelled),
    (InterviewState::Confirmed, InterviewState::Concluded),
    (InterviewState::OtherTimeRequested, InterviewState::Scheduled),
    (InterviewState::OtherTimeRequested, InterviewState::Confirmed),
    (InterviewState::OtherTimeRequested, InterviewState::Declined),
    (InterviewState::OtherTimeRequested, InterviewState::Cancelled),
    (InterviewState::OtherTimeRequested, InterviewState::Concluded),
    (InterviewState::Concluded, InterviewState::Concluded),
];

/// Somebody the candidate will meet, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interviewer {
    pub user_id: String,
    pub display_name: String,
    pub title: String,
}

/// What became of the last invitation, as outreach has said so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invitation {
    /// Asked for; nothing heard.
    Pending = 0,
    Sent = 1,
    Refused = 2,
    /// Given up: the channel did not take it.
    Failed = 3,
}

impl Invitation {
    /// From its number in a row.
    pub fn of(number: i16) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::Refused, Self::Failed].into_iter().find(|known| *known as i16 == number)
    }
}

/// A meeting with a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interview {
    pub id: InterviewId,
    pub application_id: ApplicationId,
    pub job_id: JobId,
    pub candidate_id: CandidateId,
    pub stage: String,
    pub attempt: i32,
    pub state: InterviewState,
    pub attendance: Attendance,
    pub start_time: DateTime<Utc>,
    pub duration: TimeDelta,
    pub time_zone: String,
    pub place: String,
    pub link: String,
    pub interviewers: Vec<Interviewer>,
    pub materials: Vec<String>,
    pub contact_name: String,
    pub contact_channel: String,
    pub answer_by: DateTime<Utc>,
    pub offered_times: Vec<DateTime<Utc>>,
    /// Until when the offered times are held; what was offered before that was known is held until it passes.
    pub hold_until: Option<DateTime<Utc>>,
    /// How often the candidate has asked for, or taken, another time.
    pub candidate_reschedules: i32,
    pub candidate_note: String,
    pub answer_reason: AnswerReason,
    /// When it was called off or declined, why, and whether that was before the cut-off.
    pub cancel_time: Option<DateTime<Utc>>,
    pub cancel_reason: String,
    pub cancelled_in_time: bool,
    pub team_introduction: String,
    pub calendar_sequence: i32,
    pub invitations: i32,
    pub invitation_version: i64,
    pub invitation: Invitation,
    pub update_owed: bool,
    pub version: i64,
    pub create_time: DateTime<Utc>,
}

/// What of an interview the host may complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub place: String,
    pub link: String,
    pub materials: Vec<String>,
    pub contact_name: String,
    pub contact_channel: String,
    pub interviewers: Vec<Interviewer>,
}

/// A place in an interviewer's calendar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Booking {
    pub user_id: String,
    pub span: Span,
    /// Until when it is held, for an offered time.
    pub hold_until: Option<DateTime<Utc>>,
}

/// What the candidate is told of a completed interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// Nothing, or nothing yet.
    Nothing,
    /// The invitation that did not reach them.
    Invitation,
    /// That place or link are others than they were invited to.
    Update,
}

/// What an answer changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is so already: nothing is said and nothing written.
    None,
    Made,
}

impl Interview {
    /// Whether it may still be answered and changed. Who asked for another time was not going to come at the old one,
    /// so that its passing closes nothing for them.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            InterviewState::Scheduled | InterviewState::Confirmed => self.is_ahead(now),
            InterviewState::OtherTimeRequested => true,
            InterviewState::Declined
            | InterviewState::Cancelled
            | InterviewState::Concluded
            | InterviewState::Unspecified => false,
        }
    }

    /// Whether its time is yet to come.
    pub fn is_ahead(&self, now: DateTime<Utc>) -> bool {
        now < self.start_time
    }

    /// Whether it is the candidate's turn to answer.
    pub fn awaits_answer(&self, now: DateTime<Utc>) -> bool {
        self.state == InterviewState::Scheduled && self.is_ahead(now)
    }

    /// What calendars know it by (RFC 5545 UID), in mails and in the candidate centre alike.
    pub fn calendar_uid(&self) -> String {
        format!("{}@usher", self.id)
    }

    /// When it is over.
    pub fn end(&self) -> DateTime<Utc> {
        self.start_time + self.duration
    }

    /// The end of the last meeting that can come of it.
    pub fn last_end(&self) -> DateTime<Utc> {
        self.offered_times.iter().copied().fold(self.start_time, DateTime::max) + self.duration
    }

    /// The offered times that can still be taken.
    pub fn free_times(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        if self.hold_until.is_some_and(|until| until <= now) {
            return Vec::new();
        }
        self.offered_times.iter().copied().filter(|time| *time > now && *time != self.start_time).collect()
    }

    /// When the last of the offered times can no longer be taken; `None` where none can be now.
    pub fn offers_end(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let last = self.free_times(now).into_iter().max()?;
        Some(self.hold_until.map_or(last, |until| until.min(last)))
    }

    /// The places that it takes in its interviewers' calendars: its own time, and those that are offered. The old time
    /// of a candidate who asked for another one is kept until they take it: they may come back to it.
    pub fn bookings(&self, now: DateTime<Utc>) -> Vec<Booking> {
        if !self.is_open(now) {
            return Vec::new();
        }
        let own = self.is_ahead(now).then_some((self.start_time, None));
        let offered = self.free_times(now).into_iter().map(|time| (time, self.hold_until.or(Some(time))));
        let times: Vec<_> = own.into_iter().chain(offered).collect();
        let users: BTreeSet<&str> = self.interviewers.iter().map(|met| met.user_id.as_str()).collect();
        users
            .into_iter()
            .filter(|user| !user.is_empty())
            .flat_map(|user| {
                times.iter().map(|(start, hold_until)| Booking {
                    user_id: user.to_owned(),
                    span: Span { start: *start, end: *start + self.duration },
                    hold_until: *hold_until,
                })
            })
            .collect()
    }

    /// Called off, by the host.
    pub fn cancel(&mut self, policy: &ReschedulePolicy, reason: String, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::Cancelled {
            return Ok(Change::None);
        }
        self.must_be_open(now)?;
        self.end_early(InterviewState::Cancelled, policy, reason, now)
    }

    /// The host moves it to another time, and asks anew whether the candidate will come.
    pub fn reschedule(
        &mut self,
        start: DateTime<Utc>,
        duration: TimeDelta,
        answer_by: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Change> {
        self.must_be_open(now)?;
        if (start, duration) == (self.start_time, self.duration) {
            return Ok(Change::None);
        }
        (self.start_time, self.duration, self.answer_by) = (start, duration, answer_by);
        self.withdraw_offers();
        self.calendar_sequence += 1;
        self.go(InterviewState::Scheduled)
    }

    /// The offered times are no longer held.
    pub fn withdraw_offers(&mut self) {
        self.offered_times.clear();
        self.hold_until = None;
    }

    fn end_early(
        &mut self,
        state: InterviewState,
        policy: &ReschedulePolicy,
        reason: String,
        now: DateTime<Utc>,
    ) -> Result<Change> {
        let change = self.go(state)?;
        self.cancelled_in_time = policy.is_in_time(self.start_time, now);
        (self.cancel_time, self.cancel_reason) = (Some(now), reason);
        self.calendar_sequence += 1;
        Ok(change)
    }

    /// Refuses a change of a meeting that is over, under way or called off.
    pub fn must_be_open(&self, now: DateTime<Utc>) -> Result<()> {
        if self.is_open(now) { Ok(()) } else { Err(self.wrong_state()) }
    }

    /// The host offers other times and holds them until then.
    pub fn offer(&mut self, times: Vec<DateTime<Utc>>, hold_until: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
        self.must_be_open(now)?;
        self.offered_times = times;
        self.hold_until = Some(hold_until);
        self.version += 1;
        Ok(())
    }

    /// What the host may complete, as it stands.
    pub fn details(&self) -> Details {
        Details {
            place: self.place.clone(),
            link: self.link.clone(),
            materials: self.materials.clone(),
            contact_name: self.contact_name.clone(),
            contact_channel: self.contact_channel.clone(),
            interviewers: self.interviewers.clone(),
        }
    }

    /// The host completes it. The answer is what the candidate is told of that now.
    pub fn complete(&mut self, details: Details, now: DateTime<Utc>) -> Result<Tell> {
        self.must_be_open(now)?;
        let before = self.details();
        let moved = (&before.place, &before.link) != (&details.place, &details.link);
        if before != details {
            self.version += 1;
        }
        let Details { place, link, materials, contact_name, contact_channel, interviewers } = details;
        (self.place, self.link, self.materials) = (place, link, materials);
        (self.contact_name, self.contact_channel, self.interviewers) = (contact_name, contact_channel, interviewers);
        Ok(match self.invitation {
            Invitation::Refused | Invitation::Failed => Tell::Invitation,
            Invitation::Sent if moved => Tell::Update,
            Invitation::Pending => {
                // Nobody knows yet whether the candidate gets to read the old place.
                self.update_owed |= moved;
                Tell::Nothing
            }
            Invitation::Sent => Tell::Nothing,
        })
    }

    /// The invitation went out. The answer is what else the candidate has to be told.
    pub fn invited(&mut self, now: DateTime<Utc>) -> Tell {
        self.invitation = Invitation::Sent;
        let owed = std::mem::take(&mut self.update_owed);
        if owed && self.is_open(now) { Tell::Update } else { Tell::Nothing }
    }

    /// The invitation was refused. One that lacked what has been completed meanwhile is asked for again.
    pub fn not_invited(&mut self, now: DateTime<Utc>) -> Tell {
        self.invitation = Invitation::Refused;
        if self.version > self.invitation_version && self.is_open(now) { Tell::Invitation } else { Tell::Nothing }
    }

    /// By when the candidate is reminded to answer: as asked first, or half-way to the start when that has passed.
    pub fn remind(&mut self, now: DateTime<Utc>) {
        if self.answer_by <= now {
            self.answer_by = halfway(now, self.start_time);
        }
    }

    /// Somebody says who came. What had been said before is corrected only with a reason.
    pub fn attend(&mut self, attendance: Attendance, correction: &str, now: DateTime<Utc>) -> Result<Change> {
        if matches!(self.state, InterviewState::Cancelled | InterviewState::Declined) {
            return Err(self.wrong_state());
        }
        if self.is_ahead(now) {
            return Err(Error::failed_precondition("NOT_STARTED_YET", "the interview has not begun"));
        }
        if self.attendance == attendance {
            return Ok(Change::None);
        }
        if self.attendance != Attendance::Unspecified && correction.trim().is_empty() {
            return Err(Error::invalid("correction_reason", "FIELD_REQUIRED", "is required to correct an attendance"));
        }
        let change = self.go(InterviewState::Concluded)?;
        self.attendance = attendance;
        Ok(change)
    }

    /// Whether somebody did not come.
    pub fn was_missed(&self) -> bool {
        matches!(self.attendance, Attendance::CandidateNoShow | Attendance::HostNoShow)
    }

    /// Refuses feedback on a meeting that did not take place.
    pub fn must_have_happened(&self) -> Result<()> {
        if matches!(self.attendance, Attendance::Attended | Attendance::Late) {
            return Ok(());
        }
        Err(Error::failed_precondition("INTERVIEW_STATE", "nobody has recorded that the candidate was there"))
    }

    fn go(&mut self, to: InterviewState) -> Result<Change> {
        if !MOVES.contains(&(self.state, to)) {
            return Err(self.wrong_state());
        }
        self.state = to;
        self.version += 1;
        Ok(Change::Made)
    }

    fn wrong_state(&self) -> Error {
        let state = self.state.as_str_name().trim_start_matches("INTERVIEW_STATE_").to_lowercase();
        Error::failed_precondition(
            "INTERVIEW_STATE",
            format!("the interview is {} or has begun", state.replace('_', " ")),
        )
        .with("state", state)
    }
}

/// Which attempt at a stage the next interview is, after those before it. Only a no-show makes another attempt of it.
pub fn next_attempt(before: &[Interview], stage: &str) -> i32 {
    let missed = |interview: &&Interview| interview.was_missed() && interview.stage == stage;
    before.iter().filter(missed).map(|interview| interview.attempt).max().unwrap_or_default() + 1
}
