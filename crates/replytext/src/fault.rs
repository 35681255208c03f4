//! Why a mail could not be read, and what helps. There is a fixed list; a message never quotes the mail.

use std::fmt;

/// A mail that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// A constant for programs.
    pub reason: &'static str,
    /// What is wrong and how to mend it, for people.
    pub message: &'static str,
}

impl Fault {
    /// More bytes than [`crate::limits::MAIL`].
    pub const TOO_LARGE: Self = Self {
        reason: "MAIL_TOO_LARGE",
        message: "this mail is larger than 36 MiB; let the mail server refuse such, as it tells the sender why",
    };
    /// Bytes without a single header.
    pub const NO_MAIL: Self = Self {
        reason: "MAIL_UNREADABLE",
        message: "these bytes are no mail: no header stands at their beginning; hand over the mail as it was received",
    };
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.message)
    }
}

impl std::error::Error for Fault {}
