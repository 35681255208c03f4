//! A meeting with a candidate, and which of its states follow which.

use chassis::{Error, Result, id, wire};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::ats::v1::{Attendance, InterviewState};

use super::{CandidateId, application::ApplicationId, job::JobId};

id!(
    /// An interview.
    InterviewId,
    "intv"
);

/// Which state may follow which. Taking an offered time goes to confirmed from wherever an answer is possible.
pub const MOVES: &[(InterviewState, InterviewState)] = &[
    (InterviewState::Scheduled, InterviewState::Confirmed),
    (InterviewState::Scheduled, InterviewState::OtherTimeRequested),
    (InterviewState::Scheduled, InterviewState::Cancelled),
    (InterviewState::Scheduled, InterviewState::Concluded),
    (InterviewState::Confirmed, InterviewState::OtherTimeRequested),
    (InterviewState::Confirmed, InterviewState::Confirmed),
    (InterviewState::Confirmed, InterviewState::Cancelled),
    (InterviewState::Confirmed, InterviewState::Concluded),
    (InterviewState::OtherTimeRequested, InterviewState::Confirmed),
    (InterviewState::OtherTimeRequested, InterviewState::Cancelled),
    (InterviewState::OtherTimeRequested, InterviewState::Concluded),
    (InterviewState::Concluded, InterviewState::Concluded),
];

/// The longest and the shortest meeting.
const DURATIONS: (TimeDelta, TimeDelta) = (TimeDelta::minutes(15), TimeDelta::hours(8));

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
    Pending,
    Sent,
    Refused,
}

/// A meeting with a candidate.
#[derive(Debug, Clone)]
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
    pub candidate_note: String,
    pub team_introduction: String,
    pub calendar_sequence: i32,
    pub invitations: i32,
    pub invitation_version: i64,
    pub invitation: Invitation,
    pub version: i64,
    pub create_time: DateTime<Utc>,
}

/// What an answer changed.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// It is so already: nothing is said and nothing written.
    None,
    Made,
}

impl Interview {
    /// Whether the candidate may answer now.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        !matches!(self.state, InterviewState::Cancelled | InterviewState::Concluded) && now < self.start_time
    }

    /// When it is over.
    pub fn end(&self) -> DateTime<Utc> {
        self.start_time + self.duration
    }

    /// The offered times that can still be taken.
    pub fn free_times(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        self.offered_times.iter().copied().filter(|time| *time > now).collect()
    }

    /// The candidate will come.
    pub fn confirm(&mut self, revision: &str, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::Confirmed && now < self.start_time {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        self.go(InterviewState::Confirmed)
    }

    /// The candidate needs another time.
    pub fn request_other_time(&mut self, revision: &str, note: String, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::OtherTimeRequested && now < self.start_time {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        self.candidate_note = note;
        self.go(InterviewState::OtherTimeRequested)
    }

    /// The candidate takes one of the offered times, which takes the old one's place.
    pub fn take(&mut self, revision: &str, time: DateTime<Utc>, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::Confirmed && self.start_time == time && now < time {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        if !self.free_times(now).contains(&time) {
            return Err(Error::failed_precondition("TIME_NOT_OFFERED", "this time is not, or no longer, offered"));
        }
        self.offered_times.retain(|offered| *offered != time);
        self.start_time = time;
        self.calendar_sequence += 1;
        self.go(InterviewState::Confirmed)
    }

    /// Called off, by whomever.
    pub fn cancel(&mut self) -> Result<Change> {
        if self.state == InterviewState::Cancelled {
            return Ok(Change::None);
        }
        self.calendar_sequence += 1;
        self.go(InterviewState::Cancelled)
    }

    /// Refuses a change of a meeting that is over, under way or called off.
    pub fn must_be_ahead(&self, now: DateTime<Utc>) -> Result<()> {
        if self.is_open(now) { Ok(()) } else { Err(self.wrong_state()) }
    }

    /// The host offers other times.
    pub fn offer(&mut self, times: Vec<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
        self.must_be_ahead(now)?;
        check_offered(&times, "start_times", now)?;
        self.offered_times = times;
        self.version += 1;
        Ok(())
    }

    /// Who came. The answer is what had been recorded before.
    pub fn attend(&mut self, attendance: Attendance, correction: &str, now: DateTime<Utc>) -> Result<Attendance> {
        if now < self.start_time {
            return Err(Error::failed_precondition("NOT_STARTED_YET", "the interview has not begun"));
        }
        let before = self.attendance;
        if before != Attendance::Unspecified && before != attendance && correction.is_empty() {
            return Err(Error::invalid("correction_reason", "FIELD_REQUIRED", "is required to correct an attendance"));
        }
        self.go(InterviewState::Concluded)?;
        self.attendance = attendance;
        Ok(before)
    }

    /// Refuses feedback on a meeting that did not take place.
    pub fn must_have_happened(&self) -> Result<()> {
        if matches!(self.attendance, Attendance::Attended | Attendance::Late) {
            return Ok(());
        }
        Err(Error::failed_precondition("INTERVIEW_STATE", "nobody has recorded that the candidate was there"))
    }

    /// Refuses an answer that comes too late, or to a page that is outdated.
    pub fn must_be_answerable(&self, revision: &str, now: DateTime<Utc>) -> Result<()> {
        self.must_be_ahead(now)?;
        if revision != wire::etag(self.version) {
            return Err(Error::aborted("REVISION_OUTDATED", "the interview has changed since the page was shown"));
        }
        Ok(())
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

/// A meeting's length, from what was asked for; an hour when nothing was.
pub fn check_duration(asked: Option<TimeDelta>) -> Result<TimeDelta> {
    let duration = asked.unwrap_or(TimeDelta::hours(1));
    if duration < DURATIONS.0 || duration > DURATIONS.1 {
        return Err(Error::invalid("duration", "DURATION_OUT_OF_RANGE", "must be between 15 minutes and 8 hours"));
    }
    Ok(duration)
}

/// By when an answer is asked for: what was said, or 48 hours from now, or half the time to the start when that is sooner.
pub fn check_answer_by(
    asked: Option<DateTime<Utc>>,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let answer_by = asked.unwrap_or_else(|| (now + TimeDelta::hours(48)).min(now + (start - now) / 2));
    if answer_by <= now || answer_by > start {
        return Err(Error::invalid("answer_by", "TIME_OUT_OF_RANGE", "must lie between now and the start"));
    }
    Ok(answer_by)
}

/// Refuses a start that has passed.
pub fn check_start(field: &str, start: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    if start > now {
        return Ok(());
    }
    Err(Error::invalid(field, "TIME_IN_PAST", "must be in the future"))
}

/// Refuses offers that have passed.
pub fn check_offered(times: &[DateTime<Utc>], field: &str, now: DateTime<Utc>) -> Result<()> {
    times.iter().enumerate().try_for_each(|(place, time)| check_start(&format!("{field}[{place}]"), *time, now))
}

/// Refuses a zone that the IANA database does not know.
pub fn check_time_zone(name: &str) -> Result<()> {
    name.parse::<chrono_tz::Tz>()
        .map(drop)
        .map_err(|_| Error::invalid("time_zone", "TIME_ZONE_UNKNOWN", "must be an IANA zone such as Asia/Shanghai"))
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    pub fn sample(now: DateTime<Utc>) -> Interview {
        Interview {
            id: InterviewId::new(),
            application_id: ApplicationId::new(),
            job_id: JobId::new(),
            candidate_id: CandidateId::new(),
            stage: "interview".to_owned(),
            attempt: 1,
            state: InterviewState::Scheduled,
            attendance: Attendance::Unspecified,
            start_time: now + TimeDelta::days(3),
            duration: TimeDelta::hours(1),
            time_zone: "Asia/Shanghai".to_owned(),
            place: "3F".to_owned(),
            link: String::new(),
            interviewers: Vec::new(),
            materials: Vec::new(),
            contact_name: "Rita".to_owned(),
            contact_channel: "+86".to_owned(),
            answer_by: now + TimeDelta::days(1),
            offered_times: vec![now + TimeDelta::days(4), now + TimeDelta::days(5)],
            candidate_note: String::new(),
            team_introduction: String::new(),
            calendar_sequence: 0,
            invitations: 1,
            invitation_version: 1,
            invitation: Invitation::Pending,
            version: 1,
            create_time: now,
        }
    }

    #[derive(Debug, Clone)]
    enum Act {
        Confirm,
        OtherTime,
        Take(usize),
        Cancel,
        Attend(Attendance),
        Wait(i64),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            Just(Act::Confirm),
            Just(Act::OtherTime),
            (0_usize..3).prop_map(Act::Take),
            Just(Act::Cancel),
            prop_oneof![Just(Attendance::Attended), Just(Attendance::CandidateNoShow)].prop_map(Act::Attend),
            (0_i64..100).prop_map(Act::Wait),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn no_history_leaves_the_table_of_moves(acts in proptest::collection::vec(act(), 0..30)) {
            let mut now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let mut interview = sample(now);
            for act in acts {
                let before = interview.clone();
                let revision = wire::etag(interview.version);
                let outcome = match act {
                    Act::Confirm => interview.confirm(&revision, now),
                    Act::OtherTime => interview.request_other_time(&revision, String::new(), now),
                    Act::Take(index) => {
                        let time = before.offered_times.get(index).copied().unwrap_or(now + TimeDelta::days(99));
                        interview.take(&revision, time, now)
                    }
                    Act::Cancel => interview.cancel(),
                    Act::Attend(attendance) => interview.attend(attendance, "", now).map(|_| Change::Made),
                    Act::Wait(hours) => { now += TimeDelta::hours(hours); continue }
                };
                match outcome {
                    Ok(Change::Made) => {
                        prop_assert!(MOVES.contains(&(before.state, interview.state)));
                        prop_assert!(interview.version > before.version);
                    }
                    Ok(Change::None) => prop_assert_eq!(interview.version, before.version),
                    Err(_) => {
                        prop_assert_eq!(interview.state, before.state);
                        prop_assert_eq!(interview.start_time, before.start_time);
                    }
                }
                prop_assert!(interview.calendar_sequence >= before.calendar_sequence);
                if before.state == InterviewState::Cancelled {
                    prop_assert_eq!(interview.state, InterviewState::Cancelled, "called off stays called off");
                }
            }
        }
    }

    #[test]
    fn answering_twice_is_answering_once() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut interview = sample(now);
        let revision = wire::etag(interview.version);
        assert_eq!(interview.confirm(&revision, now).unwrap(), Change::Made);
        assert_eq!(interview.confirm(&revision, now).unwrap(), Change::None);
        assert_eq!(
            interview.request_other_time(&revision, String::new(), now).unwrap_err().reason(),
            "REVISION_OUTDATED"
        );
    }
}
