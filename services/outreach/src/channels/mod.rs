//! The ways out. An adapter is one file.

pub mod file;
pub mod mail;
pub mod smtp;

use async_trait::async_trait;
use chassis::TenantId;
use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    links,
    message::Message,
    token::{Purpose, Token, TokenKey},
};

/// A message, and where it goes on this channel.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'send> {
    pub message: &'send Message,
    /// What the channel sends to: an e-mail address, a number as E.164, …
    pub address: &'send str,
    pub name: &'send str,
    /// What of it is noticed at the reader's.
    pub traces: Traces<'send>,
    /// Where its reader says that they want no more of it; empty for what nobody can unsubscribe from.
    pub unsubscribe_url: &'send str,
    pub now: DateTime<Utc>,
}

/// By what addresses it is noticed that a message is opened and its links are followed.
#[derive(Debug, Clone, Copy)]
pub struct Traces<'send> {
    pub public_url: &'send str,
    pub tokens: &'send TokenKey,
    pub tenant: TenantId,
    /// Whether the reader consents to have it noticed that they open it.
    pub openings: bool,
}

impl Traces<'_> {
    /// The address of the n-th link of a message; `None` where it leads there at once.
    pub fn link(&self, message: &Message, place: usize) -> Option<String> {
        let place = u8::try_from(place).ok().filter(|_| links::are_followed(message.kind()))?;
        let token = Token { tenant: self.tenant, subject: message.id.0, place };
        Some(format!("{}/l/{}", self.public_url, self.tokens.write(Purpose::Link, token)))
    }

    /// The address of the picture that is loaded when it is opened; `None` without consent.
    pub fn opening(&self, message: &Message) -> Option<String> {
        let token = Token { tenant: self.tenant, subject: message.id.0, place: 0 };
        self.openings.then(|| format!("{}/o/{}.gif", self.public_url, self.tokens.write(Purpose::Open, token)))
    }
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
