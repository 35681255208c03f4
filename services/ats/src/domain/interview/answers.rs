//! What the candidate answers, and how far they may move it themselves.

use chassis::{Error, Result, wire};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{AnswerReason, InterviewState};

use super::{Change, Interview};
use crate::domain::settings::ReschedulePolicy;

/// Why another time can not be asked for through the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// Too close to the start.
    Cutoff,
    /// Moved often enough.
    Limit,
}

impl Interview {
    /// The candidate will come.
    pub fn confirm(&mut self, revision: &str, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::Confirmed {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        if !self.is_ahead(now) {
            return Err(self.wrong_state());
        }
        self.go(InterviewState::Confirmed)
    }

    /// The candidate needs another time.
    pub fn request_other_time(
        &mut self,
        revision: &str,
        policy: &ReschedulePolicy,
        reason: AnswerReason,
        note: String,
        now: DateTime<Utc>,
    ) -> Result<Change> {
        if self.state == InterviewState::OtherTimeRequested {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        self.must_be_movable(policy, now)?;
        self.candidate_reschedules += 1;
        (self.answer_reason, self.candidate_note) = (reason, note);
        self.go(InterviewState::OtherTimeRequested)
    }

    /// The candidate takes one of the offered times, which takes the old one's place.
    pub fn take(
        &mut self,
        revision: &str,
        policy: &ReschedulePolicy,
        time: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Change> {
        if self.state == InterviewState::Confirmed && self.start_time == time {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        if !self.free_times(now).contains(&time) {
            return Err(Error::failed_precondition("TIME_NOT_OFFERED", "this time is not, or no longer, offered"));
        }
        // Who has asked for another time was let to, and takes what came of it.
        if self.state != InterviewState::OtherTimeRequested {
            self.must_be_movable(policy, now)?;
            self.candidate_reschedules += 1;
        }
        self.withdraw_offers();
        self.start_time = time;
        self.calendar_sequence += 1;
        self.go(InterviewState::Confirmed)
    }

    /// The candidate will not come, and wants no other time.
    pub fn decline(
        &mut self,
        revision: &str,
        policy: &ReschedulePolicy,
        reason: AnswerReason,
        note: String,
        now: DateTime<Utc>,
    ) -> Result<Change> {
        if self.state == InterviewState::Declined {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        (self.answer_reason, self.candidate_note) = (reason, note);
        self.end_early(InterviewState::Declined, policy, String::new(), now)
    }

    /// Why the candidate can not move it through the centre, if so.
    pub fn blocked(&self, policy: &ReschedulePolicy, now: DateTime<Utc>) -> Option<Block> {
        match self.state {
            InterviewState::Scheduled | InterviewState::Confirmed => {
                if self.candidate_reschedules >= policy.cap {
                    Some(Block::Limit)
                } else if !policy.is_in_time(self.start_time, now) {
                    Some(Block::Cutoff)
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    fn must_be_movable(&self, policy: &ReschedulePolicy, now: DateTime<Utc>) -> Result<()> {
        let error = match self.blocked(policy, now) {
            None => return Ok(()),
            Some(Block::Cutoff) => Error::failed_precondition("RESCHEDULE_CUTOFF", "the start is too close for that"),
            Some(Block::Limit) => {
                Error::failed_precondition("RESCHEDULE_LIMIT", "it has been moved as often as can be done here")
            }
        };
        Err(error.hint("call the contact, who can still find another time"))
    }

    /// Refuses an answer that comes too late, or to a page that is outdated.
    pub fn must_be_answerable(&self, revision: &str, now: DateTime<Utc>) -> Result<()> {
        self.must_be_open(now)?;
        if revision != wire::etag(self.version) {
            return Err(Error::aborted("REVISION_OUTDATED", "the interview has changed since the page was shown"));
        }
        Ok(())
    }
}
