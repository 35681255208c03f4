//! A file of people: bytes to records, the header to columns, records to rows, rows to what becomes of them.

pub mod csv;
pub mod fold;
pub mod header;
pub mod row;

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
    pub message: &'static str,
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        let Broken { reason, line, message } = broken;
        Self::new(Code::InvalidArgument, reason, format!("line {line}: {message}"))
            .and_field("chunk", message)
            .with("line", line)
    }
}
