//! How long openings take to be filled. A requisition with three openings is three things to be filled, each by itself.

use super::{day, days};
use crate::domain::{cells::Cells, cube::Cube, story::Story};

pub fn count(story: &Story<'_>, cells: &mut Cells) {
    let Some(opened) = story.opened else { return };
    for filled in story.filled.values() {
        let taken = days(opened.time, filled.time).to_string();
        cells.add(Cube::Openings, opened.time, &["filled", &taken], [1]);
        cells.add(Cube::Fills, filled.time, &[&taken], [1]);
    }
    let filled = i32::try_from(story.filled.len()).unwrap_or(i32::MAX);
    let left = opened.number.max(1) - filled;
    if left <= 0 {
        return;
    }
    let (outcome, taken) = match story.closed {
        Some(closed) => ("closed", days(opened.time, closed.time)),
        None => ("open", day(opened.time)),
    };
    cells.add(Cube::Openings, opened.time, &[outcome, &taken.to_string()], [left]);
}
