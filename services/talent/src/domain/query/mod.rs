//! The query language: words and "phrases", AND OR NOT (or `-`), parentheses, `field:value`.
//!
//! Words side by side must all occur; AND binds tighter than OR. The full-width forms of parentheses, quotes, colons and
//! blanks are taken as what they are on a Chinese keyboard. A query that can not be read is refused with the column at
//! which reading stopped; nothing is guessed.

mod lexer;
mod parser;

use chassis::Error;

pub use self::parser::parse;

/// The longest nesting of parentheses and NOTs.
const DEEPEST: usize = 32;
/// The most words, phrases and fields of one query.
const MOST_TERMS: usize = 64;

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Everybody.
    Everybody,
    /// Who matches all of them.
    All(Vec<Query>),
    /// Who matches one of them.
    Any(Vec<Query>),
    /// Who does not match.
    Not(Box<Query>),
    /// Who has the pattern (see [`crate::domain::index::pattern`]) somewhere, or in one text field.
    Text(TextField, String),
    /// Who has the skill of this key.
    Skill(String),
    /// Who is in the city of this key.
    City(String),
}

/// Where a pattern is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    Any,
    Name,
    Title,
    Company,
}

/// A query that can not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syntax {
    /// The character at which reading stopped, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: &'static str,
}

impl From<Syntax> for Error {
    fn from(syntax: Syntax) -> Self {
        let Syntax { column, message } = syntax;
        Self::invalid("query", "QUERY_SYNTAX", format!("is wrong at column {column}: {message}")).with("column", column)
    }
}
