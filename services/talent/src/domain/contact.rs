//! How a person is reached.

use std::fmt;

use serde::{Deserialize, Serialize};
use usher_proto::talent::v1::ContactChannel;

/// The kinds of contact points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Email,
    Phone,
    Wechat,
}

/// A way to reach a person, normalised, so that equal ones are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contact {
    pub kind: Kind,
    pub value: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}(…)", self.kind)
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Wechat];

    /// Its number in a row.
    pub fn number(self) -> i16 {
        match self {
            Self::Email => 1,
            Self::Phone => 2,
            Self::Wechat => 3,
        }
    }

    /// The kind of a number in a row.
    pub fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Its name. Contact points are sealed and blinded with it, so it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Wechat => "wechat",
        }
    }
}

impl From<Kind> for ContactChannel {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Email => Self::Email,
            Kind::Phone => Self::Phone,
            Kind::Wechat => Self::Wechat,
        }
    }
}

/// The kind of a channel; `None` for the one that names none.
pub fn kind(channel: ContactChannel) -> Option<Kind> {
    match channel {
        ContactChannel::Unspecified => None,
        ContactChannel::Email => Some(Kind::Email),
        ContactChannel::Phone => Some(Kind::Phone),
        ContactChannel::Wechat => Some(Kind::Wechat),
    }
}
