//! What a search looks at for each person whom it passes, side by side in memory: 24 bytes each.
//!
//! Columns keep these numbers too, in as few bits as will do, each behind a call and some arithmetic of its own. For a
//! page of people that is nothing; a search that ranks a hundred thousand of them would spend most of its time there.

use std::sync::Arc;

use tantivy::SegmentReader;

use super::{Error, columns::one_each, schema::column};
use crate::domain::document::Intent;

/// What is packed of a person.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// In seconds since 1970, as the next one.
    pub last_activity: i64,
    pub intent_until: i64,
    pub intent: Intent,
    pub years: u8,
    /// Per cent.
    pub engagement: u8,
}

/// Reads a segment's people.
pub fn read(segment: &SegmentReader) -> Result<Arc<[Person]>, Error> {
    let columns = segment.fast_fields();
    let unsigned = |name| Ok::<_, Error>(one_each(columns.u64(name)?, 0));
    let signed = |name| Ok::<_, Error>(one_each(columns.i64(name)?, 0));
    let (intent, years, engagement) =
        (unsigned(column::INTENT)?, unsigned(column::YEARS)?, unsigned(column::ENGAGEMENT)?);
    let (intent_until, last_activity) = (signed(column::INTENT_UNTIL)?, signed(column::LAST_ACTIVITY)?);
    let person = |doc| Person {
        last_activity: last_activity.get_val(doc),
        intent_until: intent_until.get_val(doc),
        intent: intent_of(intent.get_val(doc)),
        years: u8::try_from(years.get_val(doc)).unwrap_or(u8::MAX),
        engagement: u8::try_from(engagement.get_val(doc)).unwrap_or(u8::MAX),
    };
    Ok((0..segment.max_doc()).map(person).collect())
}

/// By the number that is kept of it.
fn intent_of(number: u64) -> Intent {
    match number {
        1 => Intent::NotLooking,
        2 => Intent::Open,
        3 => Intent::Active,
        _ => Intent::Unknown,
    }
}
