//! Whether a message to a candidate is clear: complete, with one ask, courteous, and fair.
//!
//! A text goes through three steps. It is folded (`fold`): one width, one case, one Chinese script. Everything that the
//! rules look for is found in one pass (`scan`): facts that the reader needs, phrases that should not stand there, and
//! what makes such a phrase harmless. Then each rule of the message's kind is judged by what was found (`judge`).
//!
//! Rules are data (`rules/*.toml`); `docs/clarity.md` lists them. Nothing here reads a file, a clock or the network, and
//! the same text always gets the same report.

mod data;
mod day;
mod fold;
mod form;
mod judge;
mod kind;
mod names;
#[doc(hidden)]
pub mod peer;
mod report;
mod rule;
mod scan;
mod tuning;

pub use self::{
    judge::Linter,
    kind::{Kind, Language, UnknownKind, UnknownLanguage},
    report::{Finding, Report},
    rule::{Rule, Severity, rule, rules},
    tuning::{Setting, Tuning, TuningError, UnknownSetting},
};

/// So many characters of a text are looked at; a message of this length is too long a hundred times over.
pub const LONGEST: usize = 100_000;
/// So many findings are reported at most.
pub const MOST_FINDINGS: usize = 200;
