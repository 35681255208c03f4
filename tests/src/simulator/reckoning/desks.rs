//! What stood on recruiters' desks. Which tasks came, and when one went because its cause did, is the suite's to say and is read
//! from the workbench; which ones our recruiters did, and when, is the ledger's.

use std::collections::BTreeMap;

use chassis::wire;
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::{
    ats::v1::{Task, TaskState},
    word,
};

use super::interval::Share;
use crate::simulator::{calendar::Calendar, drive::town::Place};

/// What is known of one recruiter's tasks of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// Came.
    pub created: i64,
    /// Of those, the ones that are not done.
    pub open: i64,
    /// Of those that were done and had a time, the ones that were done by it.
    pub on_time: Share,
    /// From coming to being done, in whole hours.
    pub hours: Vec<i64>,
}

/// By recruiter and kind.
pub fn loads(place: &Place, tasks: &[Task], calendar: &Calendar) -> BTreeMap<Vec<String>, Load> {
    let mut loads: BTreeMap<Vec<String>, Load> = BTreeMap::new();
    for task in tasks {
        let ours = place.ledger.done.iter().find(|(id, _)| *id == task.task_id).map(|(_, beat)| calendar.time(*beat));
        let done = ours.or_else(|| gone(task));
        let holder = if ours.is_some() { place.desk.user.as_str() } else { "nobody" };
        let load = loads.entry(vec![holder.to_owned(), word(task.kind().as_str_name(), "TASK_KIND_")]).or_default();
        load.created += 1;
        load.open += i64::from(done.is_none());
        if let Some(done) = done {
            let (created, due) = (at(task.create_time.as_ref()), at(task.due_time.as_ref()));
            load.hours.push((done - created.expect("a task came")).num_hours());
            if let Some(due) = due {
                load.on_time.count(done <= due);
            }
        }
    }
    loads
}

/// When a task went that nobody did.
fn gone(task: &Task) -> Option<DateTime<Utc>> {
    let revision = task.revision.as_ref().filter(|_| task.state() == TaskState::Done)?;
    at(revision.time.as_ref())
}

fn at(time: Option<&prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    time.map(|time| wire::instant("time", time).expect("an instant"))
}

/// How far the suite's word on when our recruiters did what may be from ours.
pub fn furthest(place: &Place, tasks: &[Task], calendar: &Calendar) -> TimeDelta {
    let apart = |(id, beat): &(String, _)| {
        let task = tasks.iter().find(|task| task.task_id == *id).expect("what was done is there");
        (gone(task).expect("it is done") - calendar.time(*beat)).abs()
    };
    place.ledger.done.iter().map(apart).max().unwrap_or_default()
}
