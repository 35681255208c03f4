//! How long hiring took, and filling.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{applications::applications, survival::Span};
use crate::simulator::{calendar::Calendar, drive::town::Place, ledger::End};

/// From applications to accepted offers, by source. What ended otherwise is not known any more.
pub fn hires(place: &Place, calendar: &Calendar, now: DateTime<Utc>) -> BTreeMap<String, Vec<Span>> {
    let mut spans: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for application in applications(place) {
        let begun = calendar.time(application.beat);
        let span = match application.end {
            Some((end, beat)) => {
                Span { days: (calendar.time(beat) - begun).num_days(), has_happened: end == End::Hired }
            }
            None => Span { days: known_until(begun, now), has_happened: false },
        };
        spans.entry(application.source.to_owned()).or_default().push(span);
    }
    spans
}

/// From the opening of each of the world's jobs to each acceptance, and what is not filled.
pub fn fills(place: &Place, calendar: &Calendar, now: DateTime<Utc>) -> Vec<Span> {
    let mut spans = Vec::new();
    for (job, (_, opened)) in place.ledger.jobs.iter().enumerate() {
        let opened = calendar.time(*opened);
        let filled: Vec<Span> = applications(place)
            .filter(|application| application.job == job)
            .filter_map(|application| application.end.filter(|(end, _)| *end == End::Hired))
            .map(|(_, beat)| Span { days: (calendar.time(beat) - opened).num_days(), has_happened: true })
            .collect();
        let left = usize::try_from(place.ledger.openings).expect("some") - filled.len();
        spans.extend(filled);
        spans.extend(vec![Span { days: known_until(opened, now), has_happened: false }; left]);
    }
    spans
}

/// What is open is known to be so for as many days as have gone by wholly, those of the beginning and of now left out.
fn known_until(begun: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    ((now.date_naive() - begun.date_naive()).num_days() - 1).max(0)
}
