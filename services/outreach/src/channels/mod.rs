//! The ways out. An adapter is one file.

pub mod file;
pub mod mail;
pub mod smtp;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::message::Message;

/// A message, and where it goes on this channel.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'send> {
    pub message: &'send Message,
    /// What the channel sends to: an e-mail address, a number as E.164, …
    pub address: &'send str,
    pub name: &'send str,
    /// Where its reader says that they want no more of it; empty for what nobody can unsubscribe from.
    pub unsubscribe_url: &'send str,
    pub now: DateTime<Utc>,
}

/// Why a channel did not take a message. The text holds no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Another try may help, not before the pause that the other side asks for.
    #[error("{what}")]
    Transient { what: String, retry_after: Option<TimeDelta> },
    /// Nothing will help.
    #[error("{what}")]
    Permanent { what: String, fault: Fault },
}

/// On whom it lies that a message is not taken for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The address: it does not exist, or takes nothing any more.
    Address,
    /// This message, or the way in which we send.
    Message,
}

impl SendError {
    /// Another try may help, at any time.
    pub fn transient(what: impl Into<String>) -> Self {
        Self::Transient { what: what.into(), retry_after: None }
    }

    /// This message is never taken.
    pub fn permanent(what: impl Into<String>) -> Self {
        Self::Permanent { what: what.into(), fault: Fault::Message }
    }

    /// Nobody is ever reached there.
    pub fn bad_address(what: impl Into<String>) -> Self {
        Self::Permanent { what: what.into(), fault: Fault::Address }
    }

    /// Stable, for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Transient { .. } => "TRIES_EXHAUSTED",
            Self::Permanent { .. } => "CHANNEL_REJECTED",
        }
    }
}

/// A way out.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Hands a message over. When it returns `Ok`, the other side has it.
    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError>;
}
