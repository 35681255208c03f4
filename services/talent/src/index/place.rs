//! Where a page ends.
//!
//! A page begins behind the sort key and the id of the last hit before it, so that people who come or go in between
//! shift nothing. The statistics that the scores of the first page were made with travel along: a person who did not
//! change has the very same score on every page, and on every replica.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statistics::Statistics;

/// More bytes are no place of ours.
const LONGEST: usize = 16 * 1024;

/// Where a page ends and the next one begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The last hit's key of [`super::top`].
    pub(super) key: u64,
    pub(super) id: Uuid,
    pub(super) now: i64,
    /// Only when sorted by match.
    pub(super) statistics: Option<Statistics>,
}

impl Place {
    /// For a page token.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing plain numbers to memory does not fail; were it to, the token would be refused when it comes back.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// From a page token, which comes from outside.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LONGEST {
            return None;
        }
        let (place, rest) = postcard::take_from_bytes::<Self>(bytes).ok()?;
        rest.is_empty().then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_place_reads_as_written(key: u64, id: u128, now: i64, frequencies: Vec<u64>, documents: u64) {
            let statistics = Some(Statistics { documents, lengths: [1, 2, 3, 4, 5, u64::MAX], frequencies });
            let place = Place { key, id: Uuid::from_u128(id), now, statistics };
            prop_assert_eq!(Place::from_bytes(&place.to_bytes()), Some(place));
        }

        #[test]
        fn hostile_places_are_refused(bytes: Vec<u8>) {
            let _ = Place::from_bytes(&bytes);
        }
    }
}
