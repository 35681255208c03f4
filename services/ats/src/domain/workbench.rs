//! Which tasks somebody wants to see, and what a change of a task is to them.

use chassis::{Actor, Result, wire};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use usher_proto::ats::v1::{self as pb, TaskState, WatchKind};

use super::{CandidateId, job::JobId};

/// Whose tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Whose {
    #[default]
    Anybodys,
    Nobodys,
    One(String),
}

/// Which tasks.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub whose: Whose,
    pub kinds: Vec<i32>,
    pub job: Option<JobId>,
    pub candidate: Option<CandidateId>,
    pub due_before: Option<DateTime<Utc>>,
    pub show_snoozed: bool,
}

/// How a task stood before a change.
#[derive(Debug, Clone)]
pub struct Before {
    pub state: TaskState,
    pub holder: String,
    /// Whose it was; empty where it is whose it was.
    pub candidate: String,
}

impl Filter {
    /// As somebody asks for it.
    pub fn read(filter: Option<&pb::TaskFilter>, actor: &Actor) -> Result<Self> {
        let Some(filter) = filter else { return Ok(Self::default()) };
        Ok(Self {
            whose: match filter.assignee.as_str() {
                "" => Whose::Anybodys,
                "none" => Whose::Nobodys,
                "me" => Whose::One(actor.to_string()),
                user => Whose::One(user.to_owned()),
            },
            kinds: filter.kinds.clone(),
            job: wire::optional_id("filter.job_id", &filter.job_id)?,
            candidate: wire::optional_id("filter.candidate_id", &filter.candidate_id)?,
            due_before: filter.due_before.as_ref().map(|time| wire::instant("filter.due_before", time)).transpose()?,
            show_snoozed: filter.show_snoozed,
        })
    }

    /// What tells it from other filters.
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut kinds = self.kinds.clone();
        kinds.sort_unstable();
        kinds.dedup();
        let said = format!(
            "{:?} {kinds:?} {:?} {:?} {:?} {}",
            self.whose,
            self.job.map(|id| id.0),
            self.candidate.map(|id| id.0),
            self.due_before,
            self.show_snoozed
        );
        let digest = Sha256::digest(said);
        std::array::from_fn(|place| digest[place])
    }

    /// Whether a task in that state, held by that person, stands in the list.
    fn lists(&self, state: TaskState, holder: &str) -> bool {
        let stands = match state {
            TaskState::Open | TaskState::Claimed => true,
            TaskState::Snoozed => self.show_snoozed,
            TaskState::Done | TaskState::Unspecified => false,
        };
        stands
            && match &self.whose {
                Whose::Anybodys => true,
                Whose::Nobodys => holder.is_empty(),
                Whose::One(person) => person == holder,
            }
    }

    /// Whether what no step of a task changes is what was asked for; `candidate` is whose it is, or was.
    fn wants(&self, task: &pb::Task, candidate: &str) -> bool {
        let due = task.due_time.as_ref().and_then(|time| wire::instant("due_time", time).ok());
        (self.kinds.is_empty() || self.kinds.contains(&task.kind))
            && self.job.is_none_or(|job| job.to_string() == task.job_id)
            && self.candidate.is_none_or(|wanted| wanted.to_string() == candidate)
            && self.due_before.is_none_or(|before| due.is_some_and(|due| due < before))
    }

    /// What a change is to whoever watches: `before` says how it stood; `None` when it has just come. `None` when the change is
    /// nothing to them.
    pub fn told(&self, before: Option<&Before>, task: &pb::Task) -> Option<WatchKind> {
        let stood = before.is_some_and(|before| {
            let was_of = if before.candidate.is_empty() { &task.candidate_id } else { &before.candidate };
            self.wants(task, was_of) && self.lists(before.state, &before.holder)
        });
        let stands = self.wants(task, &task.candidate_id) && self.lists(task.state(), holder(task));
        match (stood, stands) {
            (false, false) => None,
            (false, true) => Some(WatchKind::Entered),
            (true, true) => Some(WatchKind::Changed),
            (true, false) => Some(WatchKind::Left),
        }
    }
}

/// Whoever has claimed it, and else whom it is assigned to.
fn holder(task: &pb::Task) -> &str {
    let assignee = task.assignment.as_ref().map_or("", |assignment| &assignment.assignee);
    if task.claimed_by.is_empty() { assignee } else { &task.claimed_by }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_to_those_whose_list_it_changes() {
        let mine = Filter { whose: Whose::One("user_a".to_owned()), ..Filter::default() };
        let all = Filter::default();
        let open = pb::Task { state: TaskState::Open.into(), ..pb::Task::default() };
        let claimed =
            pb::Task { state: TaskState::Claimed.into(), claimed_by: "user_a".to_owned(), ..pb::Task::default() };
        let was = |state, holder: &str| Before { state, holder: holder.to_owned(), candidate: String::new() };
        let was_open = was(TaskState::Open, "");
        assert_eq!(mine.told(None, &open), None);
        assert_eq!(mine.told(Some(&was_open), &claimed), Some(WatchKind::Entered));
        assert_eq!(mine.told(Some(&was(TaskState::Claimed, "user_a")), &open), Some(WatchKind::Left));
        assert_eq!(all.told(Some(&was_open), &claimed), Some(WatchKind::Changed));
        let snoozed = pb::Task { state: TaskState::Snoozed.into(), ..pb::Task::default() };
        assert_eq!(all.told(Some(&was_open), &snoozed), Some(WatchKind::Left));
        assert_eq!(all.told(Some(&was(TaskState::Snoozed, "")), &open), Some(WatchKind::Entered));
        let aside = Filter { show_snoozed: true, ..Filter::default() };
        assert_eq!(aside.told(Some(&was_open), &snoozed), Some(WatchKind::Changed));
        assert_ne!(mine.fingerprint(), all.fingerprint());
    }

    #[test]
    fn a_task_that_becomes_another_persons_leaves_one_list_and_enters_another() {
        let (ann, bob) = (CandidateId::new(), CandidateId::new());
        let of = |candidate| Filter { candidate: Some(candidate), ..Filter::default() };
        let candidate_id = ann.to_string();
        let task = pb::Task { state: TaskState::Open.into(), candidate_id, ..pb::Task::default() };
        let before = Before { state: TaskState::Open, holder: String::new(), candidate: bob.to_string() };
        assert_eq!(of(ann).told(Some(&before), &task), Some(WatchKind::Entered));
        assert_eq!(of(bob).told(Some(&before), &task), Some(WatchKind::Left));
        assert_eq!(Filter::default().told(Some(&before), &task), Some(WatchKind::Changed));
    }
}
