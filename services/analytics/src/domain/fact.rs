//! What was said, as it is taken down: one flat row for each event and root, in which each kind has a use for some of the
//! fields. Which those are, [`crate::events`] says; what they say together, [`super::story`].

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The version of what is taken down and of what is counted. Another one has everything counted anew.
pub const VERSION: i32 = 2;

/// What a fact is about. The numbers are kept, so they stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Kind {
    Applied = 1,
    Moved = 2,
    Ended = 3,
    Unrejected = 4,
    Silence = 5,
    Hired = 6,
    Scheduled = 10,
    Answered = 11,
    Rescheduled = 12,
    Cancelled = 13,
    Attendance = 14,
    Explained = 15,
    PastRemoved = 16,
    Queued = 20,
    Sent = 21,
    Replied = 22,
    Bounced = 23,
    Failed = 24,
    Followed = 25,
    Opened = 26,
    OfferSent = 30,
    OfferAnswered = 31,
    OfferClosed = 32,
    JobOpened = 40,
    JobClosed = 41,
    Filled = 42,
    Assigned = 50,
    Outcome = 51,
    TaskCreated = 60,
    TaskChanged = 61,
    TaskCompleted = 62,
}

impl Kind {
    const ALL: [Self; 31] = [
        Self::Applied,
        Self::Moved,
        Self::Ended,
        Self::Unrejected,
        Self::Silence,
        Self::Hired,
        Self::Scheduled,
        Self::Answered,
        Self::Rescheduled,
        Self::Cancelled,
        Self::Attendance,
        Self::Explained,
        Self::PastRemoved,
        Self::Queued,
        Self::Sent,
        Self::Replied,
        Self::Bounced,
        Self::Failed,
        Self::Followed,
        Self::Opened,
        Self::OfferSent,
        Self::OfferAnswered,
        Self::OfferClosed,
        Self::JobOpened,
        Self::JobClosed,
        Self::Filled,
        Self::Assigned,
        Self::Outcome,
        Self::TaskCreated,
        Self::TaskChanged,
        Self::TaskCompleted,
    ];

    /// As it is kept.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// Of a kept number; `None` of one that a later program has written.
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// One thing that was said. See the table `facts` for what the fields mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    pub root: Uuid,
    pub event: Uuid,
    pub kind: Kind,
    pub time: DateTime<Utc>,
    pub position: i64,
    pub subject: Uuid,
    pub about: Option<Uuid>,
    pub code: i16,
    pub reason: i16,
    pub flag: bool,
    pub number: i32,
    pub other_time: Option<DateTime<Utc>>,
    pub stage: String,
    pub origin: String,
    pub template: String,
    pub version: String,
    pub language: String,
    pub channel: String,
    pub experiment: String,
    pub arm: String,
    pub holder: String,
    pub time_zone: String,
    pub words: Vec<String>,
}

impl Fact {
    /// With nothing said beyond that it happened.
    pub fn new(kind: Kind, root: Uuid, event: Uuid, time: DateTime<Utc>, position: i64) -> Self {
        Self {
            root,
            event,
            kind,
            time,
            position,
            subject: root,
            about: None,
            code: 0,
            reason: 0,
            flag: false,
            number: 0,
            other_time: None,
            stage: String::new(),
            origin: String::new(),
            template: String::new(),
            version: String::new(),
            language: String::new(),
            channel: String::new(),
            experiment: String::new(),
            arm: String::new(),
            holder: String::new(),
            time_zone: String::new(),
            words: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.number()), Some(kind));
        }
        assert_eq!(Kind::of(0), None);
    }
}
