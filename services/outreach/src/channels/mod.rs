//! The ways out. An adapter is one file, or one folder; [`rack`] holds those of every tenant.

pub mod aliyun;
pub mod file;
pub mod guard;
pub mod http;
pub mod mail;
pub mod make;
pub mod rack;
mod sign;
pub mod smtp;
mod tencent;
pub mod twilio;
pub mod webhook;
pub mod wechat;
pub mod wecom;

use async_trait::async_trait;
use chassis::TenantId;
use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    links,
    message::Message,
    step::Failure,
    token::{Purpose, Token, TokenKey},
};

/// A message, and where it goes on this channel.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'send> {
    pub message: &'send Message,
    /// What the channel sends to: an e-mail address, a number as E.164, …
    pub address: &'send str,
    pub name: &'send str,
    /// What of it is noticed at the reader's; `None` for nothing.
    pub traces: Option<Traces<'send>>,
    /// Where its reader says that they want no more of it; empty for what nobody can unsubscribe from.
    pub unsubscribe_url: &'send str,
    /// Where replies go; `None` for whoever it is from.
    pub reply_to: Option<&'send str>,
    /// Where it comes back to when it can not be delivered; `None` for whoever it is from.
    pub return_path: Option<&'send str>,
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
    Transient {
        what: String,
        retry_after: Option<TimeDelta>,
        /// No answer came, so that it may have been taken; the other side would know the message again.
        in_doubt: bool,
    },
    /// Nothing will help.
    #[error("{what}")]
    Permanent { what: String, fault: Fault },
    /// No answer came, so that it may have been taken, and the other side would not know the message again.
    #[error("{what}")]
    Lost { what: String },
}

/// On whom it lies that a message is not taken for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The address: it does not exist, or takes nothing any more.
    Address,
    /// This message, or the way in which we send.
    Message,
    /// The channel: its credentials, its settings. It lasts until somebody mends it.
    Channel,
}

impl SendError {
    /// Another try may help, at any time.
    pub fn transient(what: impl Into<String>) -> Self {
        Self::Transient { what: what.into(), retry_after: None, in_doubt: false }
    }

    /// Another try may help, not before that pause.
    pub fn busy(what: impl Into<String>, retry_after: Option<TimeDelta>) -> Self {
        Self::Transient { what: what.into(), retry_after, in_doubt: false }
    }

    /// It may have been taken; the other side would know the message again.
    pub fn in_doubt(what: impl Into<String>) -> Self {
        Self::Transient { what: what.into(), retry_after: None, in_doubt: true }
    }

    /// This message is never taken.
    pub fn permanent(what: impl Into<String>) -> Self {
        Self::Permanent { what: what.into(), fault: Fault::Message }
    }

    /// Nobody is ever reached there.
    pub fn bad_address(what: impl Into<String>) -> Self {
        Self::Permanent { what: what.into(), fault: Fault::Address }
    }

    /// Nothing goes out by this channel until it is mended.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::Permanent { what: what.into(), fault: Fault::Channel }
    }

    /// Stable, for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Transient { .. } => "TRIES_EXHAUSTED",
            Self::Permanent { fault: Fault::Channel, .. } => "CHANNEL_BROKEN",
            Self::Permanent { .. } => "CHANNEL_REJECTED",
            Self::Lost { .. } => "OUTCOME_UNKNOWN",
        }
    }

    /// As far as it decides what follows.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Transient { in_doubt, .. } => Failure::Passing { in_doubt: *in_doubt },
            Self::Permanent { fault: Fault::Address, .. } => Failure::Address,
            Self::Permanent { fault: Fault::Message, .. } => Failure::Message,
            Self::Permanent { fault: Fault::Channel, .. } => Failure::Channel,
            Self::Lost { .. } => Failure::Lost,
        }
    }

    /// The pause that the other side asks for.
    pub fn retry_after(&self) -> Option<TimeDelta> {
        match self {
            Self::Transient { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// A way out.
#[async_trait]
pub trait Channel: Send + Sync {
    /// By what limits and breakers are kept: provider and account, the same in all processes and over every change of the
    /// channel's settings.
    fn key(&self) -> &str;

    /// Hands a message over. When it returns `Ok`, the other side has it.
    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError>;

    /// Whether the other side knows us. Nothing is sent to anybody.
    async fn check(&self, now: DateTime<Utc>) -> Result<(), SendError>;
}
