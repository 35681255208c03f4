//! Where a page ends.
//!
//! A page begins behind the sort key and the id of the last hit before it, so that people who come or go in between
//! shift nothing. The statistics that the scores of the first page were made with travel along: a person who did not
//! change has the very same score on every page, and on every replica.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statistics::Statistics;

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
    /// When the first page was made; the others are of the same moment. Seconds since the epoch.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing plain numbers to memory does not fail; were it to, they would not be read again.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// From what was kept.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}
