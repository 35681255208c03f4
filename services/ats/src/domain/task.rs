//! What needs a person: why it is in the workbench, and what to do about it.

use chassis::{Actor, Error, Result, id};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{TaskActionKind, TaskKind, TaskState, TaskStepKind};
use uuid::Uuid;

use super::{
    CandidateId,
    application::{Application, ApplicationId},
    interview::{Interview, InterviewId},
    job::JobId,
};

id!(
    /// A task of the workbench.
    TaskId,
    "task"
);

/// What a task is about.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The interview, the application or the person for which one task of a kind stands at a time.
    pub subject: Uuid,
    pub candidate_id: CandidateId,
    /// `None` for somebody of the pool who has none.
    pub application_id: Option<ApplicationId>,
    pub interview_id: Option<InterviewId>,
}

impl About {
    /// A person, and the application of theirs that comes nearest.
    pub fn person(candidate_id: CandidateId, application_id: Option<ApplicationId>) -> Self {
        Self { subject: candidate_id.0, candidate_id, application_id, interview_id: None }
    }
}

impl From<&Interview> for About {
    fn from(interview: &Interview) -> Self {
        Self {
            subject: interview.id.0,
            candidate_id: interview.candidate_id,
            application_id: Some(interview.application_id),
            interview_id: Some(interview.id),
        }
    }
}

impl From<&Application> for About {
    fn from(application: &Application) -> Self {
        Self {
            subject: application.id.0,
            candidate_id: application.candidate_id,
            application_id: Some(application.id),
            interview_id: None,
        }
    }
}

/// Something that needs a person.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: TaskId,
    pub kind: TaskKind,
    pub state: TaskState,
    pub about: About,
    /// Known once it is kept.
    pub job_id: Option<JobId>,
    pub why: String,
    pub suggestion: String,
    pub create_time: DateTime<Utc>,
    /// When that happened which it is here for.
    pub cause_time: DateTime<Utc>,
    pub due_time: DateTime<Utc>,
    pub claimed_by: Option<String>,
    pub claim_time: Option<DateTime<Utc>>,
    pub assignment: Option<Assignment>,
    /// While it is put aside.
    pub snooze: Option<Snooze>,
    pub version: i64,
    /// What was done to it last.
    pub last: Last,
}

/// To whom a task was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub assignee: String,
    pub by: String,
    pub time: DateTime<Utc>,
}

/// Until when a task is put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snooze {
    pub until: DateTime<Utc>,
    pub by: String,
    pub time: DateTime<Utc>,
}

/// What was done to a task last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    pub kind: TaskStepKind,
    pub actor: String,
    pub time: DateTime<Utc>,
}

/// What was done to a task; never changed.
#[derive(Debug, Clone)]
pub struct Step {
    pub version: i64,
    pub kind: TaskStepKind,
    pub actor: String,
    pub time: DateTime<Utc>,
    /// To whom it was assigned.
    pub assignee: Option<String>,
    /// Until when it was put aside.
    pub until: Option<DateTime<Utc>>,
}

/// Which state may follow which. One that follows itself is a task that was assigned, or whose cause came again.
pub const MOVES: &[(TaskState, TaskState)] = &[
    (TaskState::Open, TaskState::Open),
    (TaskState::Open, TaskState::Claimed),
    (TaskState::Open, TaskState::Snoozed),
    (TaskState::Open, TaskState::Done),
    (TaskState::Claimed, TaskState::Claimed),
    (TaskState::Claimed, TaskState::Open),
    (TaskState::Claimed, TaskState::Snoozed),
    (TaskState::Claimed, TaskState::Done),
    (TaskState::Snoozed, TaskState::Snoozed),
    (TaskState::Snoozed, TaskState::Open),
    (TaskState::Snoozed, TaskState::Claimed),
    (TaskState::Snoozed, TaskState::Done),
];

impl Task {
    /// One that nobody has taken yet.
    pub fn new(
        kind: TaskKind,
        about: impl Into<About>,
        due_time: DateTime<Utc>,
        why: String,
        suggestion: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: TaskId::new(),
            kind,
            state: TaskState::Open,
            about: about.into(),
            job_id: None,
            why,
            suggestion: suggestion.to_owned(),
            create_time: now,
            cause_time: due_time.min(now),
            due_time,
            claimed_by: None,
            claim_time: None,
            assignment: None,
            snooze: None,
            version: 1,
            last: Last { kind: TaskStepKind::Created, actor: Actor::service("ats").to_string(), time: now },
        }
    }

    /// Whose list it stands in: whoever has claimed it, and else whom it is assigned to.
    pub fn holder(&self) -> Option<&str> {
        self.claimed_by.as_deref().or(self.assignment.as_ref().map(|assignment| assignment.assignee.as_str()))
    }

    /// The one thing that a page offers to do about it.
    pub fn action(&self) -> TaskActionKind {
        match self.kind {
            TaskKind::OfferTimes => TaskActionKind::OfferTimes,
            TaskKind::RecordAttendance => TaskActionKind::RecordAttendance,
            TaskKind::InvitationUnanswered
            | TaskKind::MessageFailed
            | TaskKind::InterviewDeclined
            | TaskKind::RemindUpcoming
            | TaskKind::FollowUpNoShow
            | TaskKind::OfferUnanswered => TaskActionKind::Call,
            TaskKind::MessageRefused => TaskActionKind::CompleteInterview,
            TaskKind::StageOverdue => TaskActionKind::MoveApplication,
            TaskKind::TellJobClosed
            | TaskKind::EmployerSilence
            | TaskKind::ReplyUnclear
            | TaskKind::CandidateUpdated => TaskActionKind::Write,
            _ => TaskActionKind::Complete,
        }
    }

    /// Somebody takes it. Whoever has it already changes nothing. `take_over` takes what is assigned to somebody else, or
    /// was put aside by somebody else; a claim is never taken.
    pub fn claim(&mut self, actor: &Actor, take_over: bool, now: DateTime<Utc>) -> Result<Option<Step>> {
        self.must_be_free_for(actor)?;
        if self.state == TaskState::Claimed {
            return Ok(None);
        }
        match &self.assignment {
            Some(assignment) if assignment.assignee != actor.as_str() => {
                if !take_over {
                    return Err(assigned(assignment));
                }
                self.assignment = Some(Assignment { assignee: actor.to_string(), by: actor.to_string(), time: now });
            }
            _ => {}
        }
        match &self.snooze {
            Some(snooze) if snooze.by != actor.as_str() && !take_over => return Err(snoozed(snooze)),
            _ => {}
        }
        self.claimed_by = Some(actor.to_string());
        self.claim_time = Some(now);
        self.go(TaskState::Claimed, TaskStepKind::Claimed, actor, now).map(Some)
    }

    /// Gives a claim back. `anybodys` for those who may do so for others.
    pub fn release(&mut self, actor: &Actor, anybodys: bool, now: DateTime<Utc>) -> Result<Option<Step>> {
        if !anybodys || self.state == TaskState::Done {
            self.must_be_free_for(actor)?;
        }
        if self.state != TaskState::Claimed {
            return Ok(None);
        }
        self.go(TaskState::Open, TaskStepKind::Released, actor, now).map(Some)
    }

    /// Gives it to somebody, or to nobody in particular. `reassign` overrules what somebody else said.
    pub fn assign(
        &mut self,
        assignee: Option<String>,
        actor: &Actor,
        reassign: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Step>> {
        let theirs = self.claimed_by.is_some() && self.claimed_by == assignee;
        if !theirs || self.state == TaskState::Done {
            self.must_be_free_for(actor)?;
        }
        if self.assignment.as_ref().map(|assignment| &assignment.assignee) == assignee.as_ref() {
            return Ok(None);
        }
        match &self.assignment {
            Some(before) if !reassign && before.assignee != actor.as_str() && before.by != actor.as_str() => {
                return Err(assigned(before));
            }
            _ => {}
        }
        // Handing it on gives the claim back.
        let state = if self.state == TaskState::Claimed && !theirs { TaskState::Open } else { self.state };
        self.assignment = assignee.map(|assignee| Assignment { assignee, by: actor.to_string(), time: now });
        self.go(state, TaskStepKind::Assigned, actor, now).map(Some)
    }

    /// Puts it aside.
    pub fn snooze(&mut self, until: DateTime<Utc>, actor: &Actor, now: DateTime<Utc>) -> Result<Option<Step>> {
        self.must_be_free_for(actor)?;
        match &self.snooze {
            Some(snooze) if snooze.by != actor.as_str() => return Err(snoozed(snooze)),
            Some(snooze) if snooze.until == until => return Ok(None),
            _ => {}
        }
        self.snooze = Some(Snooze { until, by: actor.to_string(), time: now });
        self.go(TaskState::Snoozed, TaskStepKind::Snoozed, actor, now).map(Some)
    }

    /// The time until which it was put aside has come.
    pub fn wake(&mut self, now: DateTime<Utc>) -> Result<Option<Step>> {
        match &self.snooze {
            Some(snooze) if snooze.until <= now => {
                self.go(TaskState::Open, TaskStepKind::Woken, &Actor::service("ats"), now).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Somebody did it.
    pub fn complete(&mut self, actor: &Actor, now: DateTime<Utc>) -> Result<Step> {
        self.must_be_free_for(actor)?;
        self.go(TaskState::Done, TaskStepKind::Completed, actor, now)
    }

    /// Its cause went away, whoever has it.
    pub fn settle(&mut self, now: DateTime<Utc>) -> Result<Step> {
        self.go(TaskState::Done, TaskStepKind::Completed, &Actor::service("ats"), now)
    }

    /// What it is about has changed, such as whose the application is.
    pub fn renew(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.last = Last { kind: TaskStepKind::Renewed, actor: Actor::service("ats").to_string(), time: now };
    }

    /// The step that made it what it is.
    pub fn last_step(&self) -> Step {
        let Last { kind, actor, time } = self.last.clone();
        Step {
            version: self.version,
            kind,
            actor,
            time,
            assignee: self
                .assignment
                .as_ref()
                .filter(|_| kind == TaskStepKind::Assigned)
                .map(|assignment| assignment.assignee.clone()),
            until: self.snooze.as_ref().filter(|_| kind == TaskStepKind::Snoozed).map(|snooze| snooze.until),
        }
    }

    fn go(&mut self, to: TaskState, kind: TaskStepKind, actor: &Actor, now: DateTime<Utc>) -> Result<Step> {
        if !MOVES.contains(&(self.state, to)) {
            return Err(self.done());
        }
        if matches!(to, TaskState::Open | TaskState::Snoozed) {
            self.claimed_by = None;
            self.claim_time = None;
        }
        if to != TaskState::Snoozed {
            self.snooze = None;
        }
        self.state = to;
        self.version += 1;
        self.last = Last { kind, actor: actor.to_string(), time: now };
        Ok(self.last_step())
    }

    fn must_be_free_for(&self, actor: &Actor) -> Result<()> {
        match (&self.claimed_by, self.claim_time) {
            _ if self.state == TaskState::Done => Err(self.done()),
            (Some(owner), Some(since)) if owner != actor.as_str() => {
                Err(Error::failed_precondition("TASK_CLAIMED", "somebody else is at it")
                    .with("claimed_by", owner)
                    .with("claim_time", since.to_rfc3339()))
            }
            _ => Ok(()),
        }
    }

    fn done(&self) -> Error {
        Error::failed_precondition("TASK_DONE", "this task is done already")
            .with("done_by", &self.last.actor)
            .with("done_time", self.last.time.to_rfc3339())
    }
}

fn assigned(assignment: &Assignment) -> Error {
    Error::failed_precondition("TASK_ASSIGNED", "it is assigned to somebody else")
        .with("assignee", &assignment.assignee)
        .with("assigned_by", &assignment.by)
        .with("assign_time", assignment.time.to_rfc3339())
}

fn snoozed(snooze: &Snooze) -> Error {
    Error::failed_precondition("TASK_SNOOZED", "somebody else has put it aside")
        .with("snoozed_by", &snooze.by)
        .with("snooze_time", snooze.time.to_rfc3339())
        .with("until_time", snooze.until.to_rfc3339())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn task() -> Task {
        let about = About {
            subject: Uuid::nil(),
            candidate_id: CandidateId(Uuid::nil()),
            application_id: None,
            interview_id: None,
        };
        let now = DateTime::UNIX_EPOCH;
        Task::new(TaskKind::OfferTimes, about, now, String::new(), "", now)
    }

    #[derive(Debug, Clone)]
    enum Act {
        Claim(bool),
        Release(bool),
        Assign(Option<usize>, bool),
        Snooze(i64),
        Wake,
        Complete,
    }

    fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
        let act = prop_oneof![
            any::<bool>().prop_map(Act::Claim),
            any::<bool>().prop_map(Act::Release),
            (proptest::option::of(0..3_usize), any::<bool>()).prop_map(|(who, over)| Act::Assign(who, over)),
            (1..5_i64).prop_map(Act::Snooze),
            Just(Act::Wake),
            Just(Act::Complete),
        ];
        proptest::collection::vec((0..3_usize, act), 0..30)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_is_done_a_claim_is_never_robbed_and_every_change_is_one_version(acts in acts()) {
            let people = ["user_a", "user_b", "user_c"].map(Actor::new);
            let mut task = task();
            for (hour, (who, act)) in (1..).zip(acts) {
                let (actor, now) = (&people[who], DateTime::UNIX_EPOCH + TimeDelta::hours(hour));
                let before = task.clone();
                let outcome = match act.clone() {
                    Act::Claim(over) => task.claim(actor, over, now),
                    Act::Release(anybodys) => task.release(actor, anybodys, now),
                    Act::Assign(to, over) => task.assign(to.map(|to| people[to].to_string()), actor, over, now),
                    Act::Snooze(hours) => task.snooze(now + TimeDelta::hours(hours), actor, now),
                    Act::Wake => task.wake(now),
                    Act::Complete => task.complete(actor, now).map(Some),
                };
                match outcome {
                    Ok(Some(step)) => {
                        prop_assert_eq!(task.version, before.version + 1);
                        prop_assert_eq!(step.version, task.version);
                        prop_assert!(MOVES.contains(&(before.state, task.state)));
                    }
                    Ok(None) => prop_assert_eq!(format!("{task:?}"), format!("{before:?}")),
                    Err(_) => prop_assert_eq!((task.version, task.state), (before.version, before.state)),
                }
                if let Some(owner) = before.claimed_by.filter(|_| before.state == TaskState::Claimed) {
                    let freed = matches!(act, Act::Release(true));
                    let kept = task.claimed_by.as_ref() == Some(&owner);
                    prop_assert!(kept || owner == actor.as_str() || freed, "{act:?} took it from {owner}");
                }
                prop_assert_eq!(task.snooze.is_some(), task.state == TaskState::Snoozed);
                prop_assert_eq!(before.state == TaskState::Done && task.version != before.version, false);
                if task.state != TaskState::Done {
                    prop_assert_eq!(task.claimed_by.is_some(), task.state == TaskState::Claimed);
                }
            }
        }
    }

    #[test]
    fn what_is_done_stays_done() {
        assert!(MOVES.iter().all(|(from, _)| *from != TaskState::Done));
    }
}
