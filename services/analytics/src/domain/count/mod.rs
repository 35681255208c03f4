//! From the facts of a root to what they count: a pure function, so that a count follows from the facts however they came, and
//! taking away what they counted before and adding what they count now is all that an event has to do.
//!
//! | module | cubes |
//! |---|---|
//! | [`messages`] | messages that ask for an answer |
//! | [`interviews`] | interviews, no-shows by cause |
//! | [`applications`] | stages, applications, hires, sources, offers |
//! | [`jobs`] | openings, fills |
//! | [`members`] | people of campaigns, by group and by tag |
//! | [`tasks`] | tasks, and those that were completed |

mod applications;
mod interviews;
mod jobs;
mod members;
mod messages;
mod tasks;

use chrono::{DateTime, Utc};

pub use self::messages::{bits, features};
use super::{cells::Cells, fact::Fact, story::Story};

/// All that the facts of one root count.
pub fn count<'facts>(facts: impl IntoIterator<Item = &'facts Fact>) -> Cells {
    tell(&Story::of(facts), None)
}

/// The same, where nothing more will be heard of it: what is open counts as having ended then.
pub fn count_closed<'facts>(facts: impl IntoIterator<Item = &'facts Fact>, time: DateTime<Utc>) -> Cells {
    tell(&Story::of(facts), Some(time))
}

fn tell(story: &Story<'_>, closed: Option<DateTime<Utc>>) -> Cells {
    let mut cells = Cells::default();
    messages::count(story, &mut cells);
    interviews::count(story, &mut cells);
    applications::count(story, closed, &mut cells);
    jobs::count(story, &mut cells);
    members::count(story, &mut cells);
    tasks::count(story, closed, &mut cells);
    cells
}

/// Whole days from one instant to another, each of 24 hours.
fn days(from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    (until - from).num_days().max(0)
}

/// The day since 1970 in which an instant lies.
fn day(time: DateTime<Utc>) -> i64 {
    time.timestamp().div_euclid(86_400)
}
