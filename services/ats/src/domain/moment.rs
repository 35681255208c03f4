//! What happened about an interview or an offer, as it happened: the history by which follow-up is decided, explained and
//! rehearsed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::{ats::v1::Attendance, outreach::v1::MessageKind};
use uuid::Uuid;

use super::{interview::InterviewId, offer::OfferId, timer::TimerKind};

/// Whose history it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Interview(InterviewId),
    Offer(OfferId),
}

impl Subject {
    /// As it is kept.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Interview(id) => id.0,
            Self::Offer(id) => id.0,
        }
    }

    /// The timer that waits for the first rule to come due.
    pub fn timer(self) -> TimerKind {
        match self {
            Self::Interview(_) => TimerKind::FollowUp,
            Self::Offer(_) => TimerKind::OfferFollowUp,
        }
    }
}

impl From<InterviewId> for Subject {
    fn from(id: InterviewId) -> Self {
        Self::Interview(id)
    }
}

impl From<OfferId> for Subject {
    fn from(id: OfferId) -> Self {
        Self::Offer(id)
    }
}

/// Something that happened. Kept as a document with its name in `what`; a name never changes its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// It was put on the calendar; the candidate is to be asked.
    Scheduled {
        start: DateTime<Utc>,
    },
    /// A message that asks whether they will come, or whether they accept, was taken by its channel.
    Asked {
        sent: DateTime<Utc>,
    },
    /// Such a message was refused, or given up.
    Undelivered {
        reason: String,
    },
    /// Any other message was taken by its channel. The number is the contract's.
    Told {
        kind: i32,
        sent: DateTime<Utc>,
    },
    /// The candidate's page was opened for the first time since they were asked.
    Viewed,
    Confirmed,
    OtherTimeRequested,
    /// The candidate took an offered time.
    TimeTaken {
        start: DateTime<Utc>,
    },
    Declined,
    /// The host chose another time; the candidate is to be asked anew.
    Moved {
        start: DateTime<Utc>,
    },
    /// The candidate can pick from other times.
    TimesOffered {
        until: DateTime<Utc>,
    },
    Cancelled,
    /// Somebody said who came. The number is the contract's.
    Attendance {
        attendance: i32,
    },
    /// After a no-show another attempt was scheduled.
    Retried,
    /// An offer went to the candidate, who may answer until then.
    OfferSent {
        expire: DateTime<Utc>,
    },
    OfferAnswered,
    OfferRescinded,
    OfferExpired,
    /// The application ended, and whatever was still followed up with it.
    ApplicationEnded,
    /// A rule was followed.
    FollowedUp {
        rule: String,
        episode: i64,
        nth: i32,
        how: How,
    },
}

/// How a rule was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A message was asked for.
    Sent,
    /// Somebody was asked to do it.
    Suggested,
    /// It came too late to help.
    Skipped,
}

/// Something that happened, and when it was known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub time: DateTime<Utc>,
    pub what: What,
}

impl What {
    /// What a message says about itself once its channel took it.
    pub fn told(kind: MessageKind, sent: DateTime<Utc>) -> Self {
        Self::Told { kind: kind.into(), sent }
    }

    /// Who came.
    pub fn attendance(attendance: Attendance) -> Self {
        Self::Attendance { attendance: attendance.into() }
    }
}
