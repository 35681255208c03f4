//! A meeting with a candidate, and which of its states follow which.

use chassis::{Error, Result, id, wire};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::ats::v1::{Attendance, InterviewState};

use super::{CandidateId, application::ApplicationId, cadence::halfway, job::JobId};

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
    pub candidate_note: String,
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
            InterviewState::Cancelled | InterviewState::Concluded | InterviewState::Unspecified => false,
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
        self.offered_times.iter().copied().filter(|time| *time > now && *time != self.start_time).collect()
    }

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
    pub fn request_other_time(&mut self, revision: &str, note: String, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::OtherTimeRequested {
            return Ok(Change::None);
        }
        self.must_be_answerable(revision, now)?;
        self.candidate_note = note;
        self.go(InterviewState::OtherTimeRequested)
    }

    /// The candidate takes one of the offered times, which takes the old one's place.
    pub fn take(&mut self, revision: &str, time: DateTime<Utc>, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::Confirmed && self.start_time == time {
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
    pub fn cancel(&mut self, now: DateTime<Utc>) -> Result<Change> {
        if self.state == InterviewState::Cancelled {
            return Ok(Change::None);
        }
        self.must_be_open(now)?;
        self.calendar_sequence += 1;
        self.go(InterviewState::Cancelled)
    }

    /// Refuses a change of a meeting that is over, under way or called off.
    pub fn must_be_open(&self, now: DateTime<Utc>) -> Result<()> {
        if self.is_open(now) { Ok(()) } else { Err(self.wrong_state()) }
    }

    /// The host offers other times.
    pub fn offer(&mut self, times: Vec<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
        self.must_be_open(now)?;
        self.offered_times = times;
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
        let Details { place, link, materials, contact_name, contact_channel } = details;
        (self.place, self.link, self.materials) = (place, link, materials);
        (self.contact_name, self.contact_channel) = (contact_name, contact_channel);
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
        if self.state == InterviewState::Cancelled {
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

    /// Refuses feedback on a meeting that did not take place.
    pub fn must_have_happened(&self) -> Result<()> {
        if matches!(self.attendance, Attendance::Attended | Attendance::Late) {
            return Ok(());
        }
        Err(Error::failed_precondition("INTERVIEW_STATE", "nobody has recorded that the candidate was there"))
    }

    /// Refuses an answer that comes too late, or to a page that is outdated.
    pub fn must_be_answerable(&self, revision: &str, now: DateTime<Utc>) -> Result<()> {
        self.must_be_open(now)?;
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

/// Which attempt at a stage the next interview is, after those before it. Only a no-show makes another attempt of it.
pub fn next_attempt(before: &[Interview], stage: &str) -> i32 {
    let missed = |interview: &&Interview| {
        matches!(interview.attendance, Attendance::CandidateNoShow | Attendance::HostNoShow) && interview.stage == stage
    };
    before.iter().filter(missed).map(|interview| interview.attempt).max().unwrap_or_default() + 1
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
    let answer_by = asked.unwrap_or_else(|| (now + TimeDelta::hours(48)).min(halfway(now, start)));
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

/// The times to offer: each once, soonest first. Refuses those that have passed.
pub fn check_offered(field: &str, mut times: Vec<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>> {
    times.iter().enumerate().try_for_each(|(place, time)| check_start(&format!("{field}[{place}]"), *time, now))?;
    times.sort_unstable();
    times.dedup();
    Ok(times)
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
            update_owed: false,
            version: 1,
            create_time: now,
        }
    }

    #[derive(Debug, Clone)]
    enum Act {
        Confirm,
        OtherTime,
        Take(usize),
        Offer(Vec<i64>),
        Cancel,
        Attend(Attendance, &'static str),
        Wait(i64),
    }

    fn act() -> impl Strategy<Value = Act> {
        let attendance = proptest::sample::select(vec![
            Attendance::Attended,
            Attendance::Late,
            Attendance::CandidateNoShow,
            Attendance::HostNoShow,
        ]);
        prop_oneof![
            Just(Act::Confirm),
            Just(Act::OtherTime),
            (0_usize..3).prop_map(Act::Take),
            proptest::collection::vec(-50_i64..200, 1..4).prop_map(Act::Offer),
            Just(Act::Cancel),
            (attendance, proptest::sample::select(vec!["", "mistaken"])).prop_map(|(who, why)| Act::Attend(who, why)),
            (0_i64..100).prop_map(Act::Wait),
        ]
    }

    /// One act, by somebody whose page is as given.
    fn perform(interview: &mut Interview, act: &Act, revision: &str, now: DateTime<Utc>) -> Result<Change> {
        match act {
            Act::Confirm => interview.confirm(revision, now),
            Act::OtherTime => interview.request_other_time(revision, String::new(), now),
            Act::Take(index) => {
                let time = interview.offered_times.get(*index).copied().unwrap_or(now + TimeDelta::days(99));
                interview.take(revision, time, now)
            }
            Act::Offer(hours) => {
                let times = hours.iter().map(|hours| now + TimeDelta::hours(*hours)).collect();
                let times = check_offered("start_times", times, now)?;
                interview.offer(times, now).map(|()| Change::Made)
            }
            Act::Cancel => interview.cancel(now),
            Act::Attend(attendance, why) => interview.attend(*attendance, why, now),
            Act::Wait(_) => Ok(Change::None),
        }
    }

    fn is_answer(act: &Act) -> bool {
        matches!(act, Act::Confirm | Act::OtherTime | Act::Take(_))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn no_history_leaves_the_table_of_moves(acts in proptest::collection::vec((act(), any::<bool>()), 0..40)) {
            let mut now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let mut interview = sample(now);
            for (act, outdated) in acts {
                if let Act::Wait(hours) = act {
                    now += TimeDelta::hours(hours);
                }
                let before = interview.clone();
                let current = wire::etag(before.version);
                let revision = if outdated { wire::etag(before.version - 1) } else { current.clone() };
                let outcome = perform(&mut interview, &act, &revision, now);
                match &outcome {
                    Ok(Change::Made) => {
                        prop_assert!(matches!(act, Act::Offer(_)) || MOVES.contains(&(before.state, interview.state)));
                        prop_assert!(interview.version > before.version);
                        prop_assert!(!(outdated && is_answer(&act)), "an answer to an outdated page changed something");
                    }
                    Ok(Change::None) => prop_assert_eq!(&interview, &before, "no change changes nothing"),
                    Err(_) => prop_assert_eq!(&interview, &before, "a refusal changes nothing"),
                }
                if outcome.is_ok() && matches!(act, Act::Confirm | Act::OtherTime) {
                    // The same page again, as a nervous finger sends it.
                    let after = interview.clone();
                    prop_assert_eq!(perform(&mut interview, &act, &revision, now).unwrap(), Change::None);
                    prop_assert_eq!(&interview, &after);
                }
                prop_assert!(interview.calendar_sequence >= before.calendar_sequence);
                prop_assert!(
                    interview.start_time == before.start_time || interview.calendar_sequence > before.calendar_sequence,
                    "calendars follow every move"
                );
                prop_assert!(!interview.free_times(now).contains(&interview.start_time));
                prop_assert!(
                    (interview.state == InterviewState::Concluded) == (interview.attendance != Attendance::Unspecified)
                );
                if before.state == InterviewState::Cancelled {
                    prop_assert_eq!(interview.state, InterviewState::Cancelled, "called off stays called off");
                }
            }
        }

        #[test]
        fn every_taken_time_was_offered_and_is_taken_once(hours in proptest::collection::vec(1_i64..300, 1..6), pick: usize) {
            let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let mut interview = sample(now);
            let times = hours.iter().map(|hours| now + TimeDelta::hours(*hours)).collect();
            interview.offer(check_offered("start_times", times, now).unwrap(), now).unwrap();
            let free = interview.free_times(now);
            prop_assume!(!free.is_empty());
            let (old, time) = (interview.start_time, free[pick % free.len()]);
            let revision = wire::etag(interview.version);
            prop_assert_eq!(interview.take(&revision, time, now).unwrap(), Change::Made);
            prop_assert_eq!(interview.start_time, time);
            prop_assert!(!interview.free_times(now).contains(&time));
            let after = interview.clone();
            prop_assert_eq!(interview.take(&revision, time, now).unwrap(), Change::None);
            prop_assert_eq!(&interview, &after);
            let revision = wire::etag(interview.version);
            if !interview.offered_times.contains(&old) {
                let refused = interview.take(&revision, old, now).unwrap_err();
                prop_assert_eq!(refused.reason(), "TIME_NOT_OFFERED");
            }
        }

        #[test]
        fn an_answer_is_asked_for_before_the_start(ahead in 1_000_000_i64..1_000_000_000_000) {
            let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let start = now + TimeDelta::microseconds(ahead);
            let by = check_answer_by(None, start, now).unwrap();
            prop_assert!(now < by && by <= start && by <= now + TimeDelta::hours(48));
            prop_assert_eq!(by.timestamp_subsec_nanos() % 1_000, 0);
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn another_answer_to_the_same_page_is_outdated() {
        let mut interview = sample(now());
        let revision = wire::etag(interview.version);
        assert_eq!(interview.confirm(&revision, now()).unwrap(), Change::Made);
        let refused = interview.request_other_time(&revision, String::new(), now()).unwrap_err();
        assert_eq!(refused.reason(), "REVISION_OUTDATED");
    }

    #[test]
    fn a_place_that_changes_under_way_is_told_when_the_old_one_went_out() {
        let mut interview = sample(now());
        let moved = Details { place: "4F".to_owned(), ..interview.details() };
        assert_eq!(interview.complete(moved, now()).unwrap(), Tell::Nothing);
        assert_eq!(interview.invited(now()), Tell::Update);
        assert_eq!(interview.invited(now()), Tell::Nothing);
    }

    #[test]
    fn an_invitation_that_did_not_arrive_is_repeated_and_no_other() {
        for (invitation, moved, told) in [
            (Invitation::Refused, false, Tell::Invitation),
            (Invitation::Failed, false, Tell::Invitation),
            (Invitation::Sent, false, Tell::Nothing),
            (Invitation::Sent, true, Tell::Update),
        ] {
            let mut interview = Interview { invitation, ..sample(now()) };
            let place = if moved { "4F" } else { "3F" };
            let details = Details { place: place.to_owned(), contact_name: "Robin".to_owned(), ..interview.details() };
            assert_eq!(interview.complete(details, now()).unwrap(), told, "{invitation:?}, moved: {moved}");
        }
    }

    #[test]
    fn a_refusal_of_what_has_been_mended_since_asks_again_once() {
        let mut interview = sample(now());
        let mended = Details { contact_name: "Robin".to_owned(), ..interview.details() };
        interview.complete(mended, now()).unwrap();
        assert_eq!(interview.not_invited(now()), Tell::Invitation);
        interview.invitation_version = interview.version;
        assert_eq!(interview.not_invited(now()), Tell::Nothing);
    }

    #[test]
    fn only_a_missed_interview_makes_the_next_one_another_attempt() {
        let held = Interview { attendance: Attendance::Attended, ..sample(now()) };
        let missed = Interview { attendance: Attendance::HostNoShow, attempt: 2, ..sample(now()) };
        let elsewhere =
            Interview { attendance: Attendance::CandidateNoShow, stage: "offer".to_owned(), ..sample(now()) };
        assert_eq!(next_attempt(&[held.clone(), elsewhere.clone()], "interview"), 1);
        assert_eq!(next_attempt(&[held, elsewhere, missed], "interview"), 3);
    }
}
