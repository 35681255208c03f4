//! The text of a file that a stranger sent.
//!
//! [`extract`] is a pure function from bytes to text. It reads PDF, DOCX, HTML and plain text, and says of everything
//! else what to do about it. It bounds what it can: how much a file may inflate to, how deep its parts may nest, how
//! much text comes out. It can not bound everything, since it stands on parsers of formats that were not made with
//! strangers in mind; therefore the service calls it through [`apart::Extractor`], in a process that may die.
//!
//! The text keeps the characters as they stand in the file: no compatibility forms are folded, so that an offset into
//! it is an offset into what people see. Treat it as written by a stranger all the same.
//!
//! - `kind`: what a file is; its content counts before its name.
//! - `plain`, `html`, `docx`, `pdf`: a format each, to raw text.
//! - `clean`: raw text to the text that is kept.
//! - [`apart`]: the process.

pub mod apart;
mod clean;
mod docx;
mod fault;
mod html;
mod kind;
mod pdf;
mod plain;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod sample;

use serde::{Deserialize, Serialize};

pub use self::{fault::Fault, kind::Kind};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 10 << 20;
/// The most characters of a text that are kept.
pub const MOST_CHARACTERS: usize = 200_000;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// What the file is.
    pub kind: Kind,
    /// What it says, in lines.
    pub text: String,
    /// How many pages it has, where the format knows pages.
    pub pages: Option<u32>,
    /// Whether there was more than is kept.
    pub truncated: bool,
}

/// What a format's reader hands over before it is cleaned.
#[derive(Debug, Default)]
struct Raw {
    text: String,
    pages: Option<u32>,
    truncated: bool,
}

impl Raw {
    fn of(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

/// Reads a file; its name helps where the content does not say what it is.
pub fn extract(bytes: &[u8], name: &str) -> Result<Extracted, Fault> {
    if bytes.len() > LARGEST_FILE {
        return Err(Fault::TOO_LARGE);
    }
    let kind = kind::of(bytes, name)?;
    let raw = match kind {
        Kind::Pdf => pdf::read(bytes),
        Kind::Docx => docx::read(bytes),
        Kind::Html => html::read(bytes),
        Kind::Text => plain::read(bytes),
    }?;
    let (text, is_cut) = clean::clean(&raw.text);
    if !text.chars().any(char::is_alphanumeric) {
        return Err(if kind == Kind::Pdf { Fault::PICTURE_ONLY } else { Fault::NO_TEXT });
    }
    Ok(Extracted { kind, text, pages: raw.pages, truncated: raw.truncated || is_cut })
}
