//! What stands on whose desk, and how long it takes.

use chrono::{DateTime, Utc};
use usher_proto::ats::v1::TaskKind;
use usher_proto::word;

use crate::domain::{
    cells::Cells,
    cube::Cube,
    fact::{Fact, Kind},
    story::Story,
};

/// Whose a task is that nobody has.
const NOBODY: &str = "nobody";

pub fn count(story: &Story<'_>, closed: Option<DateTime<Utc>>, cells: &mut Cells) {
    // Of a task whose person is forgotten only its end may be heard, which counts for nothing.
    let first = story.task.iter().find(|said| said.kind == Kind::TaskCreated);
    let (Some(first), Some(last)) = (first, story.task.last()) else { return };
    let kind = TaskKind::try_from(i32::from(first.code)).unwrap_or_default();
    let kind = word(kind.as_str_name(), "TASK_KIND_");
    let done = story.task.iter().rfind(|said| said.kind == Kind::TaskCompleted);
    let holder = if last.holder.is_empty() { NOBODY } else { last.holder.as_str() };
    let is_open = done.is_none() && closed.is_none();
    cells.add(Cube::Tasks, first.time, &[done.map_or(holder, |done| doer(done)), &kind], [1, i32::from(is_open)]);
    if let Some(done) = done {
        let hours = (done.time - first.time).num_hours().max(0).to_string();
        let is_on_time = done.other_time.is_some_and(|due| done.time <= due);
        let measures = [1, i32::from(done.other_time.is_some()), i32::from(is_on_time)];
        cells.add(Cube::TasksDone, done.time, &[doer(done), &kind, &hours], measures);
    }
}

/// Who completed it; nobody, where its cause went away.
fn doer(done: &Fact) -> &str {
    if done.holder.is_empty() { NOBODY } else { &done.holder }
}
