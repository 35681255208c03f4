//! A file of people: bytes to rows as they were written ([`file`], [`csv`] with its [`header`], [`jsonl`] with its
//! [`object`]s), what they say to fields ([`field`], [`mapping`], [`raw`]), fields to cleaned rows ([`reading`], [`row`]),
//! rows to what becomes of them ([`fold`]), and what that has changed, to be undone ([`change`]).

pub mod change;
pub mod csv;
pub mod field;
pub mod file;
pub mod fold;
pub mod further;
pub mod header;
pub mod jsonl;
pub mod mapping;
pub mod object;
pub mod raw;
pub mod reading;
pub mod row;

use std::borrow::Cow;

use chassis::Error;
use tonic::Code;

/// A file that can not be read on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Stable, `IMPORT_…`.
    pub reason: &'static str,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong and how to mend it.
    pub message: Cow<'static, str>,
}

/// A place in a file between two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many bytes are before it.
    pub position: u64,
    /// The line that follows, from 1.
    pub line: u64,
}

impl Default for Place {
    fn default() -> Self {
        Self { position: 0, line: 1 }
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        let Broken { reason, line, message } = broken;
        Self::new(Code::InvalidArgument, reason, format!("line {line}: {message}"))
            .and_field("chunk", message)
            .with("line", line)
    }
}
